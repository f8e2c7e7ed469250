// Runs before the page is drawn, so that it never flashes in the wrong colours. The choice is kept in
// this browser; "auto" follows the system.
"use strict";

(() => {
  const CHOICES = ["auto", "light", "dark"];
  const system = matchMedia("(prefers-color-scheme: dark)");
  let choice = "auto";
  try {
    choice = localStorage.getItem("theme") ?? "auto";
  } catch { /* storage is forbidden here: the choice lasts as long as the page */ }
  if (!CHOICES.includes(choice)) choice = "auto";

  function apply() {
    document.documentElement.dataset.theme = choice === "auto" ? (system.matches ? "dark" : "light") : choice;
    const label = document.querySelector("#theme span");
    if (label) label.textContent = choice;
  }

  function next() {
    choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
    try {
      localStorage.setItem("theme", choice);
    } catch { /* as above */ }
    apply();
  }

  system.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("theme").addEventListener("click", next);
    apply();
  });
  apply();
})();
