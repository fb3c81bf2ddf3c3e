// German. Importing it adds it.

import { messages } from "../checkout-progress.js";

messages.add(
  "de",
  "Bestellfortschritt|Schritt {0} von {1}|{0}: {1}|Danach: {0}|Noch offen|" +
  "Erledigt|Bitte prüfen|Übersprungen|Noch nicht verfügbar|Freiwillig|(Ändern)|" +
  "Alle Schritte erledigt|Alle Schritte anzeigen|{0} wurde übersprungen.|" +
  "Warenkorb|Lieferung|Rechnung|Zahlung|Zahlungsziel|Freigabe|Prüfen|Rechnung und Lieferung|Bestätigung",
);
