"""What misspelled texts may have meant is looked for in full for one record, and for a few texts of many records."""

from __future__ import annotations

from zohocrm_mcp.services.guessing import MOST_GUESSED, guess, guessing_little


class Looking:
    """Counts how often it looks."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> list[str]:
        self.times += 1
        return ["Account_Name"]


def test_a_text_alone_is_always_looked_for() -> None:
    look = Looking()
    for _ in range(3):
        assert guess(("name", "Acount_Name"), look) == ["Account_Name"]
    assert look.times == 3


def test_a_text_of_many_is_looked_for_once() -> None:
    look = Looking()
    with guessing_little():
        for _ in range(3):
            assert guess(("name", "Acount_Name"), look) == ["Account_Name"]
    assert look.times == 1


def test_of_many_texts_the_first_are_looked_for() -> None:
    look = Looking()
    with guessing_little():
        found = [guess(("name", str(number)), look) for number in range(2 * MOST_GUESSED)]
        again = guess(("name", "0"), look)
    assert found == [["Account_Name"]] * MOST_GUESSED + [[]] * MOST_GUESSED
    assert (again, look.times) == (["Account_Name"], MOST_GUESSED)


def test_the_next_call_has_its_own() -> None:
    look = Looking()
    for _ in range(2):
        with guessing_little():
            guess(("name", "Acount_Name"), look)
    guess(("name", "Acount_Name"), look)
    assert look.times == 3


def test_the_same_text_elsewhere_is_another() -> None:
    with guessing_little():
        assert guess(("Industry", "x"), lambda: ["Retail"]) == ["Retail"]
        assert guess(("Rating", "x"), lambda: ["Hot"]) == ["Hot"]
