// A bulk change before, during and after: what the job tools answer.
const LOOK_MS = 1500;
const NAMED = 100;
const STATES = {
  planned: ["Planned", "info"],
  queued: ["Queued", "info"],
  running: ["Running", "info"],
  succeeded: ["Succeeded", "good"],
  partly_failed: ["Partly failed", "fair"],
  failed: ["Failed", "bad"],
  cancelled: ["Cancelled", "fair"],
  undone: ["Undone", "fair"],
};
const VERBS = {
  update: "Update",
  upsert: "Create or update",
  undo: "Undo",
  insert: "Import",
  read: "Read",
  sync: "Sync",
};

let job;
let changes = []; // of the plan that is shown; a job that is done does not always bring them along
const names = {}; // by record id; empty for those that have none
let wanted = "all";
let question = null; // { text, yes }
let begun = ""; // id of the job that the person has let run here
let timer = 0;

const open = () => ["queued", "running"].includes(job.state);
const spoken = (code) => code[0] + code.slice(1).toLowerCase().replaceAll("_", " ");
const key = (one) => one.record_id ?? `row ${one.row}`;

/** Every record that is known by name: what is changed in it, or why it is not. */
function records() {
  const bad = new Map((job.failures ?? []).map((failure) => [key(failure), failure]));
  const good = changes.filter((change) => !bad.has(key(change)));
  return [
    ...[...bad].map(([id, failure]) => ({ id, failure, changed: {} })),
    ...good.map((change) => ({ id: key(change), changed: change.changed })),
  ];
}

const fitting = (all) => {
  if (wanted === "all") return all;
  if (wanted === "changes") return all.filter((one) => !one.failure);
  if (wanted === "failures") return all.filter((one) => one.failure);
  return all.filter((one) => one.failure?.code === wanted);
};

function outcome({ failure, changed }) {
  if (!failure && !Object.keys(changed).length) return chip("no change");
  if (failure) return chip(spoken(failure.code), "bad");
  const [word, tone] =
    job.state === "planned" ? ["would change", "info"] : open() ? ["waiting", ""] : ["changed", "good"];
  if (["failed", "cancelled"].includes(job.state) && job.pending) return chip("may be unchanged", "fair");
  return chip(job.kind === "undo" && job.state !== "planned" && !open() ? "set back" : word, tone);
}

const named = (id) => (names[id] ? [written(names[id]), el("small", {}, id)] : written(id));

/** The rows of one record: one for each field, or one that says why not. */
function rows(one) {
  const entries = one.failure ? [[one.failure.field ?? "", null]] : Object.entries(one.changed);
  const cells = ([field, change]) => {
    if (one.failure) {
      return [
        el("td", { class: "field" }, written(label(field))),
        el("td", { colspan: 2, class: "why" }, written(one.failure.message)),
      ];
    }
    const [before, after] = [
      el("td", { class: "before" }, value(change.before)),
      el("td", { class: "after" }, value(change.after)),
    ];
    return [el("td", { class: "field" }, written(label(field))), before, after];
  };
  const last = el("td", { rowspan: Math.max(entries.length, 1) }, outcome(one));
  const first = el("th", { scope: "row", rowspan: Math.max(entries.length, 1) }, named(one.id));
  if (!entries.length) return [el("tr", {}, first, el("td", { colspan: 3 }, "Has these values already."), last)];
  return entries.map((entry, at) =>
    el("tr", { class: at ? "" : "first" }, at ? null : first, cells(entry), at ? null : last),
  );
}

function table(all) {
  const heads = ["Record", "Field", "Before", "After", "Outcome"].map((head) => el("th", { scope: "col" }, head));
  const shown = fitting(all);
  return el(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": "Records of the job" },
    el(
      "table",
      {},
      el("caption", { class: "unseen" }, `${many(shown.length, "record")} of the job`),
      el("thead", {}, el("tr", {}, heads)),
      el("tbody", {}, shown.map(rows)),
    ),
  );
}

function filters(all) {
  const failures = all.filter((one) => one.failure);
  const codes = [...new Set(failures.map((one) => one.failure.code))];
  const choices = [
    ["all", "All", all.length],
    ["changes", "Changes", all.length - failures.length],
  ];
  choices.push(["failures", "Failures", failures.length]);
  if (codes.length > 1)
    codes.forEach((code) =>
      choices.push([code, spoken(code), failures.filter((one) => one.failure.code === code).length]),
    );
  return el(
    "div",
    { class: "filters", role: "group", "aria-label": "Which records are shown" },
    choices.map(([id, text, count]) => {
      const pick = () => {
        wanted = id;
        draw();
        say(`${text}: ${many(count, "record")} shown.`);
      };
      const made = button(`show-${id}`, [text, " ", el("span", { class: "count" }, whole(count))], pick, "choice");
      made.setAttribute("aria-pressed", String(wanted === id));
      return made;
    }),
  );
}

function actions(all) {
  if (!canCall() || question) return null;
  const ids = all
    .map((one) => one.id)
    .filter((id) => /^\d+$/.test(id) && !(id in names))
    .slice(0, NAMED);
  return el(
    "div",
    { class: "actions" },
    ids.length ? button("names", "Show names", () => name(ids)) : null,
    open() ? button("look", "Look again", look) : null,
    job.undo_available
      ? button("undo", job.kind === "undo" ? "Undo this undo" : "Undo", () => change("undo_job"))
      : null,
    job.state === "planned" && job.pending
      ? button("run", `Run ${many(job.pending, "change")}`, () => change("run_job"), "main")
      : null,
  );
}

function asking() {
  if (!question) return null;
  const no = () => {
    question = null;
    draw();
    say("Nothing was changed.");
    document.querySelector("#run, #undo")?.focus();
  };
  const keydown = ({ key }) => key === "Escape" && no();
  return el(
    "section",
    { class: "question", role: "alertdialog", "aria-labelledby": "question", keydown },
    el("p", { id: "question" }, written(question.text)),
    el(
      "div",
      { class: "actions" },
      button("no", "No, leave it", no),
      button("yes", "Yes, do it", question.yes, "main"),
    ),
  );
}

function counts() {
  const parts = [
    ["succeeded", "good"],
    ["failed", "bad"],
    ["skipped", "fair"],
    ["pending", "rest"],
  ];
  const there = parts.filter(([part]) => job[part]);
  return el(
    "div",
    { class: "counts" },
    bar(...there.map(([part, tone]) => [job.total ? job[part] / job.total : 0, tone])),
    el(
      "ul",
      { class: "legend" },
      there.map(([part, tone]) =>
        el(
          "li",
          { class: tone },
          `${whole(job[part])} ${part === "pending" && job.state === "planned" ? "to change" : part}`,
        ),
      ),
    ),
  );
}

function remarks(all) {
  const hidden = job.total - all.length;
  return [
    job.trouble ? el("p", { class: "bad" }, written(job.trouble)) : null,
    open() && job.seconds_left
      ? el("p", { class: "line" }, `About ${many(Math.ceil(job.seconds_left), "second")} left.`)
      : null,
    all.length && hidden > 0
      ? el("p", { class: "line" }, `${many(hidden, "more record")} of this job not shown here.`)
      : null,
    el("p", { class: "line" }, "Job ", el("code", {}, job.job_id)),
  ];
}

function draw() {
  const all = records();
  const [word, tone] = STATES[job.state] ?? [job.state, ""];
  render(
    el(
      "header",
      {},
      el(
        "div",
        {},
        title(`${VERBS[job.kind] ?? job.kind} of ${many(job.total, "record")} `, chip(word, tone)),
        job.state === "planned" ? el("p", { class: "line" }, "Nothing has been changed yet.") : null,
      ),
      actions(all),
    ),
    asking(),
    counts(),
    all.length ? [filters(all), table(all)] : null,
    remarks(all),
  );
}

/** Take over a job; what it will change, or has changed, stays in view while its state moves on. */
function show(found) {
  if (!found.job_id) throw new Error("There is no job in this answer.");
  const undone = found.kind === "undo" && !found.changes && job && found.job_id !== job.job_id;
  if (undone) changes = changes.map(reversed);
  else if (found.changes || found.job_id !== job?.job_id) changes = found.changes ?? [];
  job = found;
  question = null;
  if (!["all", "changes"].includes(wanted)) wanted = "all";
  draw();
  say(open() ? "The job is on its way." : "");
}

const reversed = (one) => ({
  ...one,
  changed: Object.fromEntries(
    Object.entries(one.changed).map(([field, { before, after }]) => [field, { before: after, after: before }]),
  ),
});

/** Run the plan or undo the job; where the host cannot ask the person, the question comes back and is put here. */
function change(tool, token) {
  const args = { job_id: job.job_id, ...(token ? { confirm_token: token } : {}) };
  busily(tool === "run_job" ? "Changing the records …" : "Setting the records back …", async () => {
    const found = await callTool(tool, args);
    if (found.confirm_token) {
      question = { text: found.preview, yes: () => change(tool, found.confirm_token) };
      draw();
      say("");
      document.getElementById("no").focus();
      return;
    }
    show(found);
    begun = found.job_id;
    report();
  });
}

function report() {
  window.clearTimeout(timer);
  if (open()) return void (timer = window.setTimeout(() => follow().catch(({ message }) => fail(message)), LOOK_MS));
  const changed = `${whole(job.succeeded)} of ${many(job.total, "record")} changed, ${whole(job.failed)} failed`;
  const told = `${STATES[job.state]?.[0] ?? job.state}: ${changed}.`;
  say(told);
  if (begun === job.job_id) tellModel(`In the bulk review the person let job ${job.job_id} (${job.kind}) run. ${told}`);
}

async function follow() {
  show(await callTool("get_job", { job_id: job.job_id }));
  report();
}

const look = () => busily("Looking how far the job is …", follow);

function name(ids) {
  busily("Reading the names …", async () => {
    const filters = [{ field: "id", op: "in", value: ids }];
    const found = await callTool("search_accounts", { filters, fields: ["Account_Name"], limit: NAMED });
    ids.forEach((id) => (names[id] = ""));
    found.records.forEach((record) => (names[record.id] = record.Account_Name));
    draw();
    say(`${many(found.records.length, "name")} read.`);
  });
}

connect("bulk-review", { show, fail });
