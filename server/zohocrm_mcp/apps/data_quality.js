// What an export holds, field by field: what bulk_read_accounts answers.
const NEARLY_UNIQUE = 0.8;
const HALF = 0.5;
let read;
let order = "read";
let gaps = false;

/** Every field with what follows from its figures. */
function columns() {
  return Object.entries(read.summary).map(([name, it]) => {
    const filled = read.count - it.empty;
    const nearly = !it.more_distinct && it.least === undefined && filled && it.distinct / filled >= NEARLY_UNIQUE;
    return { name, ...it, filled, twins: nearly && it.distinct < filled ? filled - it.distinct : 0 };
  });
}

const ORDERS = {
  read: ["as read", () => 0],
  empty: ["emptiest first", (one, other) => other.empty - one.empty],
  name: ["by name", (one, other) => one.name.localeCompare(other.name)],
};

function filling({ filled, empty }) {
  const share = read.count ? filled / read.count : 0;
  const tone = share === 1 ? "good" : share >= HALF ? "fair" : "bad";
  const words = empty ? `${percent(filled, read.count)} · ${whole(empty)} empty` : "all filled";
  return [bar([share, tone]), el("small", {}, words)];
}

const limits = ({ least, greatest }) => {
  if (least === undefined) return el("span", { class: "empty" }, "–");
  const told = (one) => (typeof one === "number" ? short(one) : day(one));
  return written(`${told(least)} – ${told(greatest)}`);
};

const number = (text) =>
  /^-?\d+\.0$/.test(text) ? whole(Number(text)) : /^\d{4}-\d\d-\d\d$/.test(text) ? day(text) : text;

function frequent({ most_frequent: found, filled, twins }) {
  const entries = Object.entries(found)
    .sort(([, one], [, other]) => other - one)
    .slice(0, 3);
  if (!entries.length) return el("span", { class: "empty" }, filled ? "every value once" : "–");
  return el(
    "ul",
    { class: "frequent" },
    entries.map(([text, count]) =>
      el(
        "li",
        {},
        written(number(text), twins ? { class: "twin" } : {}),
        el("span", { class: "count" }, `${whole(count)}×`),
      ),
    ),
  );
}

function row(one) {
  const kinds = one.more_distinct ? `over ${whole(one.distinct)}` : whole(one.distinct);
  return el(
    "tr",
    {},
    el(
      "th",
      { scope: "row" },
      written(label(one.name)),
      one.twins ? chip(`${many(one.twins, "possible duplicate")}`, "bad") : null,
    ),
    el("td", { class: "filling" }, filling(one)),
    el("td", { class: "figure" }, kinds),
    el("td", {}, limits(one)),
    el("td", {}, frequent(one)),
  );
}

function picture(all) {
  const heads = ["Field", "Filled", "Distinct", "Range", "Most frequent"].map((head) =>
    el("th", { scope: "col" }, head),
  );
  const shown = all.filter((one) => !gaps || one.empty).sort(ORDERS[order][1]);
  return el(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": "Fields of the export" },
    el(
      "table",
      {},
      el("caption", { class: "unseen" }, `${many(shown.length, "field")} of the export`),
      el("thead", {}, el("tr", {}, heads)),
      el("tbody", {}, shown.map(row)),
    ),
  );
}

function controls() {
  const change = ({ target }) => {
    order = target.value;
    draw();
    say(`Fields ${ORDERS[order][0]}.`);
  };
  const options = Object.entries(ORDERS).map(([id, [text]]) =>
    el("option", { value: id, selected: id === order }, text),
  );
  const flip = () => {
    gaps = !gaps;
    draw();
    say(gaps ? "Only fields with gaps are shown." : "All fields are shown.");
  };
  const only = button("gaps", "Only fields with gaps", flip, "choice");
  only.setAttribute("aria-pressed", String(gaps));
  return el(
    "div",
    { class: "filters" },
    only,
    el("label", {}, "Order ", el("select", { id: "order", change }, options)),
  );
}

function tiles(all) {
  const cells = read.count * all.length;
  const empty = all.reduce((sum, one) => sum + one.empty, 0);
  const twins = Math.max(0, ...all.map((one) => one.twins)); // the same records mostly stand twice in several fields
  const whole_ones = all.filter((one) => !one.empty).length;
  const rate = cells ? 1 - empty / cells : 0;
  const tone = rate > 0.9 ? "good" : rate > HALF ? "fair" : "bad";
  return el(
    "dl",
    { class: "tiles" },
    tile("Filled", percent(cells - empty, cells), bar([rate, tone])),
    tile("Complete fields", whole(whole_ones), el("small", {}, `of ${whole(all.length)}`)),
    tile("Empty cells", short(empty), el("small", {}, `of ${short(cells)}`)),
    tile("Possible duplicates", whole(twins), twins ? el("small", { class: "bad" }, "see below") : null),
  );
}

function sample() {
  const names = [...new Set(read.sample.flatMap(Object.keys))].filter((name) => name !== "id").slice(0, 8);
  if (!names.length) return null;
  return el(
    "details",
    {},
    el("summary", {}, `The first ${many(read.sample.length, "record")}`),
    el(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "The first records" },
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            names.map((name) => el("th", { scope: "col" }, label(name))),
          ),
        ),
        el(
          "tbody",
          {},
          read.sample.map((record) =>
            el(
              "tr",
              {},
              names.map((name) => el("td", {}, value(record[name]))),
            ),
          ),
        ),
      ),
    ),
  );
}

function draw() {
  const all = columns();
  render(
    el(
      "header",
      {},
      el(
        "div",
        {},
        title(`${many(read.count, "account")} read`),
        el("p", { class: "line" }, el("code", {}, read.export_uri)),
      ),
    ),
    all.length && read.count ? [tiles(all), controls(), picture(all)] : null,
    read.count || read.state !== "succeeded" ? null : el("p", { class: "empty" }, "No account was found."),
    sample(),
  );
}

function show(found) {
  read = found;
  draw();
  say(found.state === "succeeded" ? "" : "The read is still going on; the picture comes with the whole export.");
}

connect("data-quality", { show, fail });
