/* Keys and at-once switches of the compare page; everything works without this file by links and forms. */
(function () {
  "use strict";

  var page, columns, at = -1;

  function typing(event) {
    var node = event.target;
    return event.ctrlKey || event.metaKey || event.altKey || (node.matches && node.matches("input:not([type=radio]):not([type=checkbox]), textarea, select"));
  }

  function pressable(key) { return page.querySelector('[data-key="' + key + '"]'); }

  /* Only what differs: the link works without script; with it nothing is loaded and nothing typed is lost. */
  function foldEqual(link) {
    var table = document.getElementById("compare-table");
    var on = table.classList.toggle("only-diff");
    link.setAttribute("aria-pressed", String(on));
    var address = new URL(location.href);
    if (on) { address.searchParams.set("only", "diff"); } else { address.searchParams.delete("only"); }
    history.replaceState(null, "", address);
  }

  function goColumn(step) {
    if (!columns.length) { return; }
    at = at < 0 ? (step > 0 ? 0 : columns.length - 1) : (at + step + columns.length) % columns.length;
    Array.prototype.forEach.call(columns, function (head, place) { head.classList.toggle("is-here", place === at); });
    columns[at].focus({ preventScroll: true });
    columns[at].scrollIntoView({ block: "nearest", inline: "center" });
  }

  function openConfirm(summary) {
    var details = summary.parentElement;
    details.open = true;
    var first = details.querySelector("input:not([type=hidden]), button");
    if (first) { first.focus(); }
  }

  /* A common outcome fills the cards without loading the page, so that words already typed stay. */
  function pick(link) {
    var preset = new URL(link.href).searchParams.get("preset");
    var form = document.querySelector("#ruling-form form");
    fetch(link.href.split("#")[0], { credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok) { throw new Error("preset " + preset); }
      return answer.text();
    }).then(function (text) {
      var drawn = new DOMParser().parseFromString(text, "text/html");
      Array.prototype.forEach.call(drawn.querySelectorAll(".verdict-card"), function (card) {
        var here = document.getElementById(card.id);
        if (here) { here.parentNode.replaceChild(document.importNode(card, true), here); }
      });
      var chosen = form.querySelector(".pick:checked");
      if (chosen) { chosen.focus(); }
    }).catch(function () { location.href = link.href; });
  }

  function onKey(event) {
    var keys = document.getElementById("keys");
    if (typing(event)) { return; }
    var key = event.key;
    if (key === "?") { keys.open = !keys.open; if (keys.open) { keys.querySelector("summary").focus(); } event.preventDefault(); return; }
    var radio = event.target.matches && event.target.matches("input[type=radio]");
    if ((key === "ArrowLeft" || key === "ArrowRight") && !radio) { goColumn(key === "ArrowRight" ? 1 : -1); event.preventDefault(); return; }
    if (/^[1-9]$/.test(key)) {
      var preset = page.querySelector('[data-preset="' + key + '"]');
      if (preset) { pick(preset); event.preventDefault(); }
      return;
    }
    var target = /^[a-z]$/.test(key) ? pressable(key) : null;
    if (!target) { return; }
    event.preventDefault();
    if (target.id === "only-diff") { foldEqual(target); } else if (target.tagName === "SUMMARY") { openConfirm(target); } else { target.click(); }
  }

  document.addEventListener("DOMContentLoaded", function () {
    page = document.querySelector("[data-problem]");
    if (!page) { return; }
    columns = page.querySelectorAll("[data-column]");
    document.addEventListener("keydown", onKey);
    page.addEventListener("click", function (event) {
      var link = event.target.closest && event.target.closest("#only-diff, [data-preset]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) { return; }
      event.preventDefault();
      if (link.id === "only-diff") { foldEqual(link); } else { pick(link); }
    });
    var toggle = document.getElementById("only-diff");
    if (toggle) {
      toggle.addEventListener("keydown", function (event) { if (event.key === " ") { event.preventDefault(); foldEqual(toggle); } });
    }
    page.addEventListener("keydown", function (event) {
      var open = event.key === "Escape" && event.target.closest && event.target.closest("details.confirm[open]");
      if (open) { open.open = false; open.querySelector("summary").focus(); }
    });
  });
})();
