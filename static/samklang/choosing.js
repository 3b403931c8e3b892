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
}
