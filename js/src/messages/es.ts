// Spanish. Importing it adds it.

import { messages } from "../checkout-progress.js";

messages.add(
  "es",
  "Progreso de la compra|Paso {0} de {1}|{0}: {1}|A continuación: {0}|Pendiente|" +
  "Completado|Requiere su atención|Omitido|Aún no disponible|Opcional|(Editar)|" +
  "Todos los pasos completados|Mostrar todos los pasos|{0}: paso omitido.|" +
  "Carrito|Entrega|Facturación|Pago|Condiciones de pago|Aprobación|Revisión|Facturación y entrega|Confirmación",
);
