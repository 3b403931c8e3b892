/* Puts what was typed before a new sign-in back into its form. It is never sent from here. */
"use strict";

window.addEventListener("load", () => {
  // After the theme's own scripts, which make the rows' buttons work.
  setTimeout(() => {
    const given = JSON.parse(document.getElementById("samklang-kept-form").textContent);
    const values = new Map();
    given.values.forEach(([name, value]) => values.set(name, [...(values.get(name) || []), value]));

    const named = (form, name) => [...form.elements].filter((each) => each.name === name);
    const fits = (form) =>
      [...values].filter(([name]) => named(form, name).length).length +
      // Of forms alike, the one about the same thing.
      [...values].filter(([name, all]) =>
        named(form, name).some((each) => each.type === "hidden" && all.includes(each.value)),
      ).length;
    const forms = [...document.querySelectorAll("form[method=post]")].filter((form) => !form.action.includes("/logout"));
    const form = forms.sort((one, other) => fits(other) - fits(one))[0];

    if (!form || !fits(form)) {
      withoutForm(given.values);
      return;
    }
    addRows(form, values);
    values.forEach((all, name) => fill(named(form, name), all));
    // Boxes whose tick was taken away say nothing when they are sent.
    [...form.elements].forEach((each) => {
      if (each.type === "checkbox" && each.name && !values.has(each.name) && !each.name.includes("__prefix__")) {
        tick(each, false);
      }
    });
  }, 0);

  function addRows(form, values) {
    values.forEach(([wanted], name) => {
      const prefix = name.endsWith("-TOTAL_FORMS") ? name.slice(0, -"-TOTAL_FORMS".length) : "";
      const total = prefix && form.elements[name];
      const add = prefix && document.querySelector(`#${CSS.escape(prefix)}-group .add-row`);
      for (let tries = 0; add && total && Number(total.value) < Number(wanted) && tries < 200; tries += 1) {
        (add.matches("a, button") ? add : add.querySelector("a, button") || add).click();
      }
    });
  }

  function fill(controls, all) {
    controls.forEach((control, number) => {
      if (control.type === "password" || control.type === "file" || control.type === "submit") {
        return;
      }
      if (control.name === "csrfmiddlewaretoken" || control.name.endsWith("_FORMS")) {
        return;
      }
      if (control.type === "checkbox" || control.type === "radio") {
        tick(control, all.includes(control.value));
      } else if (control.tagName === "SELECT") {
        choose(control, all);
      } else {
        set(control, all[Math.min(number, all.length - 1)]);
      }
    });
  }

  function tick(control, ticked) {
    if (control.checked !== ticked) {
      control.checked = ticked;
      told(control);
    }
  }

  function choose(select, all) {
    all
      .filter((value) => value && ![...select.options].some((option) => option.value === value))
      .forEach((value) => select.add(new Option(`#${value}`, value)));
    [...select.options].forEach((option) => {
      option.selected = all.includes(option.value);
    });
    told(select);
    if (window.django && django.jQuery) {
      django.jQuery(select).trigger("change");
    }
  }

  function set(control, value) {
    if (control.value !== value) {
      control.value = value;
      told(control);
    }
  }

  function told(control) {
    control.dispatchEvent(new Event("input", { bubbles: true }));
    control.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function withoutForm(values) {
    const banner = document.getElementById("samklang-kept");
    banner.querySelector("p").hidden = true;
    const list = banner.querySelector("ul");
    values
      .filter(([name, value]) => value && !name.startsWith("_"))
      .forEach(([name, value]) => {
        const item = document.createElement("li");
        item.textContent = `${name}: ${value}`;
        list.append(item);
      });
    banner.querySelectorAll("[data-without-form]").forEach((each) => {
      each.hidden = false;
    });
  }
});
