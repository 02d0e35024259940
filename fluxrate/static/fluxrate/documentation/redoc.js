"use strict";

const place = document.getElementById("documentation");
const system = "system-ui, sans-serif";

// ReDoc shows its maker's logo from another host, and no option turns that off. Our
// policy would block it with an error in the console: it is not even asked for.
const ours = (address) => new URL(address, location.href).origin === location.origin;
const image = HTMLImageElement.prototype;
const { set } = Object.getOwnPropertyDescriptor(image, "src");
Object.defineProperty(image, "src", {
  set(value) {
    if (ours(value)) set.call(this, value);
  },
});
image.setAttribute = function (name, value) {
  if (name !== "src" || ours(value)) Element.prototype.setAttribute.call(this, name, value);
};

Redoc.init(
  place.dataset.document,
  { theme: { typography: { fontFamily: system, headings: { fontFamily: system } } } },
  place,
);
