"use strict";
// The admin's script; every page works without it.
// Accessible names for controls that Django's scripts build without one.
{
    const nameCombobox = (box, select) => {
        const label = select.labels[0];
        if (label) {
            label.id ||= `${select.id}_label`;
            const selected = box.getAttribute("aria-labelledby") || "";
            box.setAttribute("aria-labelledby", `${label.id} ${selected}`);
        } else {
            box.setAttribute("aria-label", select.getAttribute("aria-label") || select.name);
        }
    };
    const nameControls = (root) => {
        for (const select of root.querySelectorAll("select.admin-autocomplete")) {
            const box = select.parentElement.querySelector("[role=combobox]");
            if (box) nameCombobox(box, select);
            // The selected option is text, not a second text box inside the combobox.
            const text = box?.querySelector("[role=textbox]");
            text?.removeAttribute("aria-readonly");
            text?.removeAttribute("role");
        }
        for (const input of root.querySelectorAll("p.datetime input")) {
            const row = input.closest("fieldset.flex-container, .form-row");
            const heading = row?.querySelector("label, legend")?.textContent || input.name;
            const half = input.classList.contains("vTimeField") ? "time" : "date";
            if (!input.labels.length) input.setAttribute("aria-label", `${heading} ${half}`);
        }
        for (const tip of root.querySelectorAll("span.help-tooltip")) {
            tip.setAttribute("role", "img");
        }
    };
    window.addEventListener("load", () => setTimeout(() => nameControls(document)));
    document.addEventListener("formset:added", (event) => {
        setTimeout(() => nameControls(event.target));
    });
}
// Buttons that copy an id: without a script, the text selects as a whole.
for (const button of document.querySelectorAll("button.copy")) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(button.dataset.copy);
        button.classList.add("copied");
        setTimeout(() => button.classList.remove("copied"), 1500);
    });
}
// "/" moves to the search box, except while somebody types.
document.addEventListener("keydown", (event) => {
    const box = document.getElementById("site-search-text");
    const types = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || !box || types || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    box.focus();
    box.select();
});
// Leaving a form with changes asks first, also when an action's button leaves it.
const typedForm = document.querySelector(".change-form #content-main form[id$=_form]");
if (typedForm) {
    let isChanged = Boolean(document.querySelector("#content .errornote"));
    typedForm.addEventListener("input", () => { isChanged = true; });
    typedForm.addEventListener("submit", () => { isChanged = false; });
    window.addEventListener("beforeunload", (event) => {
        if (isChanged) event.preventDefault();
    });
}
