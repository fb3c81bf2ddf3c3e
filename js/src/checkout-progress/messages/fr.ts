// French. A space that does not break stands before the colon.

export const fr =
  "Progression de la commande|Étape {0} sur {1}|{0}\u00a0: {1}|Ensuite\u00a0: {0}|À compléter|" +
  "Terminée|À corriger|Ignorée|Pas encore disponible|Facultatif|(Modifier)|" +
  "Toutes les étapes sont terminées|Afficher toutes les étapes|{0}\u00a0: étape ignorée.|" +
  "Panier|Livraison|Facturation|Paiement|Conditions de paiement|Validation|Vérification|Facturation et livraison|Confirmation";
