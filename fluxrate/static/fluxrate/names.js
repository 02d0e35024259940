"use strict";
// Names for what Django's own scripts build without one, for those who hear the page.
{
    const named = (box, select) => {
        const label = select.labels[0];
        if (label) {
            label.id ||= `${select.id}_label`;
            const chosen = box.getAttribute("aria-labelledby") || "";
            box.setAttribute("aria-labelledby", `${label.id} ${chosen}`);
        } else {
            box.setAttribute("aria-label", select.getAttribute("aria-label") || select.name);
        }
    };
    const name = (root) => {
        for (const select of root.querySelectorAll("select.admin-autocomplete")) {
            const box = select.parentElement.querySelector("[role=combobox]");
            if (box) named(box, select);
            // What is chosen is a text to read, and no field beside the one it is in.
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
    window.addEventListener("load", () => setTimeout(() => name(document)));
    document.addEventListener("formset:added", (event) => {
        setTimeout(() => name(event.target));
    });
}
