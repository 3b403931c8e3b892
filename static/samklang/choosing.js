"use strict";
{
  // A chooser's search offers what fits the rest of the form: what stands there goes along with it.
  const $ = django.jQuery;
  const names = ["company", "department", "manager", "employee"];

  $.ajaxPrefilter((options) => {
    const open = $("select.admin-autocomplete[data-record]")
      .filter((_index, select) => $(select).data("select2")?.isOpen())
      .get(0);
    if (!open || options.url.split("?")[0] !== open.dataset["ajax-Url"]) {
      return;
    }
    const chosen = { record: open.dataset.record };
    for (const name of names) {
      const field = open.form.elements.namedItem(name);
      if (field && field !== open) {
        chosen[name] = field.value;
      }
    }
    options.data += `&${$.param(chosen)}`;
  });

  // *Today* beside a date is the day where the chosen one is; Django's shortcuts read the offset when they are pressed.
  $(document).on("select2:select", "select.admin-autocomplete", (event) => {
    const offset = event.params.data.utc_offset;
    const shortcuts = window.DateTimeShortcuts;
    if (offset === undefined || !["company", "employee"].includes(event.target.name)) {
      return;
    }
    document.body.dataset.adminUtcOffset = offset;
    if (!shortcuts) {
      return;
    }
    shortcuts.timezoneOffset = new Date().getTimezoneOffset() * -60 - offset;
    for (const input of document.querySelectorAll("input.vDateField, input.vTimeField")) {
      input.parentNode.querySelectorAll(".timezonewarning").forEach((note) => note.remove());
      shortcuts.addTimezoneWarning(input);
    }
  });
}
