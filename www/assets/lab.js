// Registers the widget and every language that the package has. The cases are the page's.

import "/caisse/checkout-progress-define.js";
import "/caisse/messages/ar.js";
import "/caisse/messages/de.js";
import "/caisse/messages/es.js";
import "/caisse/messages/it.js";
import "/caisse/messages/nl.js";
