"use strict";

const place = document.getElementById("documentation");

SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  filter: true,
  // The badge would ask a validator on another host.
  validatorUrl: null,
  tryItOutEnabled: true,
});
