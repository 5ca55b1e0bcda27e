/* Comfort only: every page works without this file. */
(function () {
  "use strict";

  function each(selector, root, act) {
    Array.prototype.forEach.call((root || document).querySelectorAll(selector), act);
  }

  /* Popovers and menus close on Escape and on a click elsewhere. */
  var FLOATING = "details.pop[open], details.who[open], details.more[open]";
  document.addEventListener("click", function (event) {
    each(FLOATING, document, function (open) { if (!open.contains(event.target)) { open.removeAttribute("open"); } });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") { return; }
    each(FLOATING, document, function (open) { open.removeAttribute("open"); open.querySelector("summary").focus(); });
  });

  /* A form is sent once. The mark goes away when the page comes back from the browser's memory. */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post") { return; }
    if (form.getAttribute("data-sent")) { event.preventDefault(); return; }
    form.setAttribute("data-sent", "1");
    each("button", form, function (button) { button.setAttribute("aria-busy", "true"); });
  });
  window.addEventListener("pageshow", function () {
    each("form[data-sent]", document, function (form) {
      form.removeAttribute("data-sent");
      each("button", form, function (button) { button.removeAttribute("aria-busy"); });
    });
  });

  /* Long texts say how many characters are left, counted as the server counts them: code points. */
  function count(area) {
    var limit = Number(area.getAttribute("data-limit"));
    var left = limit - Array.from(area.value).length;
    var line = area.nextElementSibling;
    if (!line || !line.classList.contains("count")) {
      line = document.createElement("div");
      line.className = "count";
      area.parentNode.insertBefore(line, area.nextSibling);
    }
    line.textContent = left < 0 ? "超出 " + -left + " 字" : left < limit / 4 ? "还可写 " + left + " 字" : "";
    line.classList.toggle("is-over", left < 0);
  }
  document.addEventListener("input", function (event) {
    if (event.target.hasAttribute && event.target.hasAttribute("data-limit")) { count(event.target); }
  });

  /* A link to a folded form unfolds it; a link to a field puts the cursor there. */
  function reveal() {
    var name = decodeURIComponent(location.hash.slice(1));
    var target = name && document.getElementById(name);
    if (!target) { return; }
    for (var node = target; node; node = node.parentElement) { if (node.tagName === "DETAILS") { node.open = true; } }
    var field = target.matches("input, select, textarea, fieldset") ? target : target.querySelector("textarea, select, input:not([type=hidden])");
    if (field) { field.focus({ preventScroll: true }); target.scrollIntoView({ block: "center" }); }
  }
  window.addEventListener("hashchange", reveal);
  /* A second press on the same link changes no address, and is meant as much as the first. */
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest('a[href^="#"]');
    if (link && link.hash === location.hash) { setTimeout(reveal); }
  });

  /* Light, dark, or as the device says; remembered in a cookie so that the server draws the next page right at once. */
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-set-theme]");
    if (!button) { return; }
    var theme = button.getAttribute("data-set-theme");
    if (theme) { document.documentElement.setAttribute("data-theme", theme); } else { document.documentElement.removeAttribute("data-theme"); }
    document.cookie = "theme=" + theme + "; path=/; max-age=" + (theme ? 31536000 : 0) + "; samesite=lax";
    each("[data-set-theme]", document, function (other) { other.setAttribute("aria-pressed", String(other === button)); });
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest && event.target.closest("[data-print]")) { window.print(); }
  });

  document.addEventListener("DOMContentLoaded", function () {
    each("[data-script]", document, function (node) { node.hidden = false; });
    each("textarea[data-limit]", document, count);
    var summary = document.querySelector("[data-focus]");
    if (summary) { summary.focus(); } else { reveal(); }
  });
})();
