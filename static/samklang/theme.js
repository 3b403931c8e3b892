/* What the theme's pages say in expressions that Alpine's build without eval cannot read, as functions.
   The theme's own functions are the browser's globals, which that build does not reach: they are named here. */
"use strict";

(() => {
  const OPEN = "sidebarDesktopOpen";

  const page = (active) => ({
    activeTab: active,
    sidebarMobileOpen: false,
    sidebarDesktopOpen: localStorage.getItem(OPEN) !== "0",
    // All that the theme's expressions read of the browser's window.
    window: {
      location: {
        get pathname() {
          return location.pathname;
        },
        get search() {
          return location.search;
        },
        get hash() {
          return location.hash;
        },
        set href(address) {
          location.href = address;
        },
      },
    },
    init() {
      this.activeTab = (active && getCurrentTab()) || active;
      this.$watch(OPEN, (open) => localStorage.setItem(OPEN, open ? "1" : "0"));
    },
    sortRecords(event) {
      sortRecords(event);
    },
    moveRecords(event) {
      return moveRecords(event);
    },
  });

  const command = () => {
    const data = searchCommand();
    data.selectUnlessModified = function (event, addHistory) {
      if (!event.metaKey && !event.ctrlKey) {
        this.selectItem(addHistory, false);
      }
    };
    return data;
  };

  document.addEventListener("alpine:init", () => {
    Alpine.data("theme", (chosen) => theme(chosen));
    Alpine.data("page", page);
    Alpine.data("searchForm", () => searchForm());
    Alpine.data("searchDropdown", () => searchDropdown());
    Alpine.data("searchCommand", command);
  });
})();
