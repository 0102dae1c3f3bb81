"""Words that names and addresses are made of."""

from __future__ import annotations


def _words(text: str) -> list[str]:
    return text.split()


FIRST_PARTS = _words("""
Alder Amber Apex Arbor Atlas Aurora Beacon Birch Blue Bright Cedar Citadel Clear Cobalt Copper Crest Delta
Echo Elm Ember Evergreen Falcon Fjord Forge Garnet Golden Granite Harbor Hawk Helix Horizon Indigo Iron Ivory
Juniper Keystone Lakeside Lantern Lumen Maple Meridian Mosaic Nimbus North Oak Onyx Orchid Pacific Pinnacle
Prairie Quartz Quill Raven Ridge River Rowan Saffron Sage Sierra Silver Solstice Summit Sycamore Terra Timber
Topaz Tundra Umber Vantage Velvet Vertex Violet Walnut Willow Zenith
""")
SECOND_PARTS = _words("""
Analytics Automation Biotech Builders Capital Chemicals Components Consulting Controls Data Design Devices
Diagnostics Dynamics Electric Energy Engineering Farms Fabrication Foods Freight Health Holdings Industries
Insight Instruments Interactive Labs Logistics Machines Materials Media Medical Mobility Motors Networks
Optics Packaging Partners Pharma Plastics Power Properties Robotics Security Software Solutions Steel Studios
Supply Systems Telecom Textiles Tools Ventures Water
""")
FIRST_NAMES = _words("""
Aisha Alejandro Amara Anders Anika Benjamin Bianca Carlos Chen Chiara Daniel Dmitri Elena Emeka Emma Fatima
Felix Gabriela Giulia Grace Hana Hiroshi Ibrahim Ines Isabel Jamal James Jing Jonas Julia Kavya Kenji Laila
Lars Leila Liam Lucia Maja Marcus Maria Mateo Mei Miguel Mina Nadia Nikhil Noah Nora Olga Oliver Omar Paula
Priya Rafael Rania Ravi Rosa Samuel Sara Sofia Stefan Tariq Tomas Uma Vera Victor Wanjiru Wei Yara Yusuf Zara
Zoe
""")
LAST_NAMES = _words("""
Abbott Adeyemi Ahmed Andersen Baker Banerjee Becker Bianchi Campbell Castillo Chen Costa Dubois Eriksson
Fernandes Fischer Garcia Gupta Haddad Hansen Hughes Ivanova Jensen Johansson Kamau Kaya Kim Kowalski Kumar
Larsen Lee Lopez Martin Mbeki Mehta Meyer Moreau Mwangi Nakamura Nguyen Novak Okafor Olsen Park Patel Pereira
Petrov Ramirez Rossi Roy Saito Santos Schmidt Sharma Silva Singh Suzuki Tanaka Taylor Torres Varga Wagner
Walker Wang Watson Weber Wong Yamamoto Yilmaz Zhang Zimmermann
""")
STREETS = _words("""
Birch Cedar Church High Hill Lake Main Maple Market Mill Park Queen River Station Washington
""")
COMPANY_FORMS = ("Inc", "LLC", "Ltd", "Group", "GmbH", "Co", "AG")
CITIES = (
    ("Austin", "Texas", "73301", "United States"),
    ("Berlin", "Berlin", "10115", "Germany"),
    ("Boston", "Massachusetts", "02108", "United States"),
    ("Chennai", "Tamil Nadu", "600001", "India"),
    ("Denver", "Colorado", "80202", "United States"),
    ("Dublin", "Leinster", "D01", "Ireland"),
    ("London", "England", "EC1A 1BB", "United Kingdom"),
    ("Lyon", "Auvergne-Rhône-Alpes", "69001", "France"),
    ("Malmö", "Skåne", "211 20", "Sweden"),
    ("Melbourne", "Victoria", "3000", "Australia"),
    ("Mumbai", "Maharashtra", "400001", "India"),
    ("Nairobi", "Nairobi", "00100", "Kenya"),
    ("Osaka", "Osaka", "530-0001", "Japan"),
    ("San Jose", "California", "95112", "United States"),
    ("São Paulo", "São Paulo", "01000-000", "Brazil"),
    ("Seattle", "Washington", "98101", "United States"),
    ("Singapore", "", "018956", "Singapore"),
    ("Toronto", "Ontario", "M5H 2N2", "Canada"),
)
TITLES = ("Chief Executive", "Head of Sales", "IT Manager", "Operations Lead", "Buyer", "Analyst", "Finance Director")
DEPARTMENTS = ("Management", "Sales", "IT", "Operations", "Procurement", "Finance")
SUBJECTS = (
    "Call about the renewal",
    "Send the quote",
    "Prepare the review",
    "Follow up on the demo",
    "Check the open invoice",
    "Plan the training",
)
NOTE_TITLES = ("Renewal", "Meeting notes", "Support history", "Pricing", "Introduction")
NOTE_TEXTS = (
    "They would like to see the new reports before they decide.",
    "Spoke about the renewal; the budget is approved for next year.",
    "Two open tickets; both are with engineering.",
    "Asked for a quote for twenty more seats.",
    "The new operations lead starts next month; introduce the team.",
)
