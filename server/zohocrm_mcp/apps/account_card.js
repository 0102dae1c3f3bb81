// An account from all sides: what account_overview answers.
const FEW = 3;
const HEALTHY = 70;
const SHAKY = 40;
const DONE = /^(completed|closed|held)/i;
const opened = new Set();

const by = (record) => (record.Owner?.name ? `${record.Owner.name}` : "");
const line = (...parts) => {
  const told = parts.filter(Boolean);
  return el(
    "p",
    { class: "line" },
    told.map((part, at) => [at ? " · " : "", written(part)]),
  );
};

/** Whether none of the lists that make up a part could be read. */
const unread = ({ problems }, lists) => lists.every((list) => list in (problems ?? {}));

/** How many there are of a part; a plus where there are or may be more than were read to count them. */
function counted(overview, part, lists) {
  if (unread(overview, lists)) return "";
  const beyond = lists.some((list) => overview.more.includes(list) || unread(overview, [list]));
  return `${whole(overview.counts[part])}${beyond ? "+" : ""}`;
}

/** A part of which the first few are shown until somebody wants all that the answer holds, which need not be all. */
function section(id, title, lists, item) {
  const [records, count] = [current[id], counted(current, id, lists)];
  const none = unread(current, lists) ? "Could not be read." : `No ${title.toLowerCase()}.`;
  const all = opened.has(id);
  const held = whole(records.length);
  const shown = all ? records : records.slice(0, FEW);
  const toggle = () => {
    if (!opened.delete(id)) opened.add(id);
    show(current);
  };
  const wider = `Show ${held === count ? "all" : "the first"} ${held}`;
  const more = button(`more-${id}`, all ? "Show fewer" : wider, toggle, "quiet");
  more.setAttribute("aria-expanded", String(all));
  more.setAttribute("aria-controls", `list-${id}`);
  return el(
    "section",
    { "aria-labelledby": `title-${id}` },
    el("h2", { id: `title-${id}` }, title, " ", el("span", { class: "count" }, count)),
    records.length
      ? el(
          "ul",
          { id: `list-${id}` },
          shown.map((record) => el("li", {}, item(record))),
        )
      : null,
    records.length ? null : el("p", { class: "empty" }, none),
    records.length > FEW ? more : null,
  );
}

const deal = (record) => [
  el(
    "div",
    { class: "row" },
    el("strong", {}, written(record.Deal_Name ?? record.id)),
    record.Amount === undefined ? null : el("span", { class: "figure" }, whole(record.Amount)),
  ),
  line(record.Stage, record.Closing_Date && `closes ${day(record.Closing_Date)}`, by(record)),
];

function activity(record) {
  const when = record.Due_Date ?? record.Start_DateTime ?? record.Call_Start_Time;
  const late = record.Due_Date && record.Due_Date < today() && !DONE.test(record.Status ?? "");
  const kind = { Task: "due", Event: "on", Call: "on" }[record.type] ?? "";
  return [
    el(
      "div",
      { class: "row" },
      el("strong", {}, written(record.Subject ?? record.Event_Title ?? record.id)),
      chip(late ? "Overdue" : record.type, late ? "bad" : ""),
    ),
    line(
      late && record.type,
      record.Status ?? record.Call_Type ?? record.Venue,
      when && `${kind} ${day(when)}`,
      by(record),
    ),
  ];
}

const contact = (record) => [
  el("div", { class: "row" }, el("strong", {}, written(record.Full_Name ?? record.id))),
  line(record.Title, record.Email, record.Phone),
];

const note = (record) => [
  el("div", { class: "row" }, el("strong", {}, written(record.Note_Title ?? "Note"))),
  el("p", {}, written(record.Note_Content ?? "")),
  line(record.Created_Time && day(record.Created_Time), by(record)),
];

function health(score) {
  const [word, tone] = score >= HEALTHY ? ["healthy", "good"] : score >= SHAKY ? ["watch", "fair"] : ["at risk", "bad"];
  return tile(
    "Health",
    written(whole(score)),
    el("small", { class: tone }, word),
    bar([Math.min(score / 100, 1), tone]),
  );
}

/** What open deals are worth, where the answer holds all of them; else how many there are, and what the first are. */
function worth(overview) {
  const { deals } = overview;
  if (unread(overview, ["Deals"])) return null;
  const open = counted(overview, "deals", ["Deals"]);
  const total = short(deals.reduce((sum, one) => sum + (one.Amount ?? 0), 0));
  const [figure, beside] =
    open === whole(deals.length) ? [total, `${open} open`] : [open, `${total} in the first ${deals.length}`];
  return tile("Open deals", figure, el("small", {}, beside));
}

function tiles(overview) {
  const { record } = overview;
  const last = record.Last_Engagement_Date ?? record.Last_Activity_Time;
  return el(
    "dl",
    { class: "tiles" },
    typeof record.Health_Score === "number" ? health(record.Health_Score) : null,
    worth(overview),
    typeof record.Annual_Revenue === "number" ? tile("Annual revenue", short(record.Annual_Revenue)) : null,
    typeof record.Employees === "number" ? tile("Employees", whole(record.Employees)) : null,
    last ? tile(record.Last_Engagement_Date ? "Last engagement" : "Last activity", written(day(last))) : null,
  );
}

const STATUS_TONES = { Active: "good", Churned: "bad", Inactive: "fair", "On Hold": "fair" };

function heading({ record }) {
  const place = [record.Billing_City, record.Billing_Country].filter((one, at, all) => one && all.indexOf(one) === at);
  return el(
    "header",
    {},
    el(
      "div",
      {},
      title(written(record.Account_Name ?? "Account")),
      line(record.Industry, place.join(", "), record.Owner?.name && `owned by ${record.Owner.name}`),
    ),
    el(
      "div",
      { class: "actions" },
      record.Account_Status ? chip(record.Account_Status, STATUS_TONES[record.Account_Status]) : null,
      canCall() ? button("refresh", "Refresh", refresh) : null,
    ),
  );
}

function fields(record) {
  const rows = Object.entries(record).map(([name, it]) => [el("dt", {}, label(name)), el("dd", {}, value(it))]);
  const toggle = ({ target }) => (target.open ? opened.add("fields") : opened.delete("fields"));
  const name = el("summary", { id: "fields" }, `All ${rows.length} fields`);
  return el("details", { open: opened.has("fields"), toggle }, name, el("dl", { class: "fields" }, rows));
}

let current;

function show(overview) {
  current = overview;
  const { record, problems } = overview;
  const wrong = Object.entries(problems ?? {});
  render(
    heading(overview),
    tiles(overview),
    wrong.map(([part, why]) => el("p", { class: "bad" }, `${part} could not be read: `, written(why))),
    el(
      "div",
      { class: "columns" },
      section("deals", "Open deals", ["Deals"], deal),
      section("activities", "Activities", ["Tasks", "Events", "Calls"], activity),
      section("contacts", "Contacts", ["Contacts"], contact),
      section("notes", "Notes", ["Notes"], note),
    ),
    fields(record),
  );
  say("");
}

function refresh() {
  busily("Reading the account …", async () => {
    show(await callTool("account_overview", { account_id: current.record.id }));
    say("The account is as it is now.");
  });
}

connect("account-card", { show, fail });
