// Saves what was chosen about a person (an element with data-saves) by its event "save": when the focus leaves the
// person, and soon after a choice with the pointer. Moving through choices by keyboard saves nothing before that.
// What is unsaved when the page is left is sent with a request that outlives it.
(() => {
  "use strict";

  const SOON = 300; // Milliseconds: a second thought with the mouse is one save.
  const rows = new Map(); // row → how often it changed, and up to which change it was sent and saved
  let byPointer = false;

  const rowOf = (element) => (element instanceof Element ? element.closest("[data-saves]") : null);

  function stateOf(row) {
    if (!rows.has(row)) rows.set(row, { changed: 0, sent: 0, saved: 0, timer: 0 });
    return rows.get(row);
  }

  const isUnsaved = (state) => state.changed > state.saved;

  function say(row, text, kind) {
    const said = document.createElement("p");
    said.className = kind;
    said.textContent = text;
    row.querySelector("[data-said]")?.replaceChildren(said);
  }

  function save(row) {
    const state = stateOf(row);
    clearTimeout(state.timer);
    if (!isUnsaved(state) || state.sent === state.changed) return;
    state.sent = state.changed;
    window.htmx.trigger(row, "save");
  }

  function failed(row) {
    stateOf(row).sent = 0;
    say(row, row.dataset.failed, "samklang-error");
  }

  function sendOnLeaving(row) {
    const form = row.closest("form");
    const body = new URLSearchParams({ only: JSON.parse(row.getAttribute("hx-vals")).only });
    body.set("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    for (const input of row.querySelectorAll("input[name]:not(:disabled)")) {
      const chosen = !["radio", "checkbox"].includes(input.type) || input.checked;
      if (chosen) body.append(input.name, input.value);
    }
    fetch(row.getAttribute("hx-post"), { method: "POST", body, keepalive: true, headers: { "HX-Request": "true" } });
  }

  const sendAllOnLeaving = () => rows.forEach((state, row) => isUnsaved(state) && sendOnLeaving(row));
  const saveAll = () => rows.forEach((state, row) => save(row));

  document.addEventListener("pointerdown", () => { byPointer = true; }, true);
  document.addEventListener("keydown", () => { byPointer = false; }, true);

  document.addEventListener("change", (event) => {
    const row = rowOf(event.target);
    if (!row) return;
    const state = stateOf(row);
    // A screen reader hears it once, not with every press of an arrow.
    if (!isUnsaved(state)) say(row, row.dataset.unsaved, "samklang-note");
    state.changed += 1;
    // What the page showed is not what is stored any more, once something of this person was sent.
    row.querySelectorAll("input[name^='was-']").forEach((input) => input.remove());
    clearTimeout(state.timer);
    if (byPointer) state.timer = setTimeout(() => save(row), SOON);
  });

  document.addEventListener("focusout", (event) => {
    const row = rowOf(event.target);
    if (row && rows.has(row) && !row.contains(event.relatedTarget)) save(row);
  });

  // A form that is sent whole holds every choice.
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !event.target.querySelector?.("[data-saves]")) return;
    rows.forEach((state) => { state.saved = state.changed; });
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const row = event.detail.target;
    if (!rows.has(row)) return;
    const state = rows.get(row);
    if (!event.detail.xhr.responseText.includes('name="shown"')) {
      // Not this person: a page to sign in, for example.
      event.detail.shouldSwap = false;
      if (event.detail.xhr.status < 400) failed(row);
    } else if (event.detail.requestConfig.elt === row && state.changed > state.sent) {
      // Chosen anew meanwhile: what is on the page is newer than the answer.
      event.detail.shouldSwap = false;
      state.saved = state.sent;
    } else {
      state.saved = state.changed;
    }
  });

  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      const row = rowOf(event.detail.elt);
      if (row) failed(row);
    });
  }

  window.addEventListener("pagehide", sendAllOnLeaving);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") sendAllOnLeaving();
    else saveAll();
  });
})();
