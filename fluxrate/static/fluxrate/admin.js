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
            const typed = select.parentElement.querySelector("input.select2-search__field");
            typed?.setAttribute("aria-label", select.labels[0]?.textContent || select.name);
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
// Shortcuts of one key, which the sheet (?) lists and switches off; Ctrl+S saves anywhere.
{
    const sheet = document.getElementById("shortcuts");
    const toggle = sheet?.querySelector("input");
    const save = () => document.querySelector("[name=_save], .submit-row .default, .preferences [type=submit]");
    const find = () => document.getElementById("site-search-text");
    const targets = {
        g: () => sheet.querySelector("[data-key=g]"),
        c: () => sheet.querySelector("[data-key=c]"),
        e: () => document.querySelector("#content [aria-keyshortcuts=e]"),
        s: save,
    };
    const press = (event, act) => { event.preventDefault(); act(); };
    const onKey = (event) => {
        const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
        if ((event.ctrlKey || event.metaKey) && event.key === "s" && save()) press(event, () => save().click());
        if (isTyping || event.ctrlKey || event.metaKey || event.altKey || sheet.open || !toggle.checked) return;
        const target = Object.hasOwn(targets, event.key) && targets[event.key]();
        if (event.key === "?") press(event, () => sheet.showModal());
        else if (event.key === "/" && find()) press(event, () => { find().focus(); find().select(); });
        else if (target) press(event, () => target.click());
    };
    if (sheet) {
        toggle.checked = localStorage.getItem("shortcuts") !== "off";
        toggle.addEventListener("change", () => localStorage.setItem("shortcuts", toggle.checked ? "on" : "off"));
        document.addEventListener("keydown", onKey);
        const open = document.getElementById("shortcuts-open");
        open.hidden = false;
        open.addEventListener("click", () => sheet.showModal());
    }
    // A form that is opened to edit begins in its first field.
    if (!document.querySelector("#content .errornote")) {
        document.querySelector(".change-form:not(.action-confirmation) #content-main :is(input, select, textarea):not([type=hidden], [type=checkbox])")?.focus();
    }
}
// Django's script focuses the first field of a new record, even of a form with errors.
window.addEventListener("load", () => setTimeout(() => document.querySelector("div.errornote[autofocus]")?.focus()));
// The progress of an action on many rows.
{
    const refresh = async () => {
        const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
        const shown = document.getElementById("content-main"), now = page.getElementById("content-main");
        if (!now || shown.contains(document.activeElement)) return now !== null;
        shown.replaceChildren(...now.childNodes);
        return "refresh" in now.dataset;
    };
    const again = async () => { if (await refresh()) setTimeout(again, 2000); };
    if (document.querySelector("#content-main[data-refresh]")) setTimeout(again, 2000);
}
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
// Two minutes before the session ends, a notice offers to stay.
const sessionEnd = document.getElementById("session-end");
if (sessionEnd) {
    const left = async (query) => (await (await fetch(sessionEnd.dataset.url + query)).json()).seconds;
    const wait = (seconds) => {
        sessionEnd.hidden = seconds > 120;
        // Another tab may have used the session meanwhile.
        if (seconds > 120) setTimeout(async () => wait(await left("")), (seconds - 120) * 1000);
        else sessionEnd.querySelector("button").disabled = seconds === 0;
    };
    sessionEnd.querySelector("button").addEventListener("click", async () => wait(await left("?stay")));
    wait(Number(sessionEnd.dataset.seconds));
}
// A click elsewhere or Escape closes the panel of a filter; one is open at a time.
{
    const close = (except) => {
        for (const panel of document.querySelectorAll("details[name=filter][open]")) {
            if (panel !== except) panel.open = false;
        }
    };
    document.addEventListener("click", (event) => {
        if (!event.target.closest(".select2-container")) close(event.target.closest("details[name=filter]"));
    });
    document.addEventListener("keydown", (event) => {
        const panel = document.querySelector("details[name=filter][open]");
        if (event.key !== "Escape" || !panel) return;
        close(null);
        panel.querySelector("summary").focus();
    });
}
