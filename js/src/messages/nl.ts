// Dutch. Importing it adds it.

import { messages } from "../checkout-progress.js";

messages.add(
  "nl",
  "Voortgang van de bestelling|Stap {0} van {1}|{0}: {1}|Daarna: {0}|Nog te doen|" +
  "Voltooid|Vraagt uw aandacht|Overgeslagen|Nog niet beschikbaar|Optioneel|(Wijzigen)|" +
  "Alle stappen voltooid|Alle stappen tonen|{0} is overgeslagen.|" +
  "Winkelwagen|Levering|Factuur|Betaling|Betalingsvoorwaarden|Goedkeuring|Controle|Factuur en levering|Bevestiging",
);
