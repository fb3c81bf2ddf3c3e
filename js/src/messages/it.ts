// Italian. Importing it adds it.

import { messages } from "../checkout-progress.js";

messages.add(
  "it",
  "Avanzamento dell’ordine|Passaggio {0} di {1}|{0}: {1}|Poi: {0}|Da completare|" +
  "Completato|Da correggere|Saltato|Non ancora disponibile|Facoltativo|(Modifica)|" +
  "Tutti i passaggi completati|Mostra tutti i passaggi|{0}: passaggio saltato.|" +
  "Carrello|Consegna|Fatturazione|Pagamento|Termini di pagamento|Approvazione|Verifica|Fatturazione e consegna|Conferma",
);
