/* Une clé d’accès que le navigateur refuse ou que la personne abandonne : le dire, au lieu de ne rien faire. */
(function () {
  "use strict";

  const PHRASES = {
    NotAllowedError: "La clé d’accès n’a pas été utilisée : la demande a été refusée, ou le temps est passé. Recommencez.",
    InvalidStateError: "Cette clé est déjà enregistrée dans votre compte.",
    NotSupportedError: "Cet appareil ne sait pas faire de clé d’accès : utilisez une application.",
    SecurityError: "L’adresse de ce site ne permet pas les clés d’accès : utilisez une application.",
  };

  document.addEventListener("allauth.error", function (evenement) {
    const nom = evenement.detail.exception && evenement.detail.exception.name;
    const phrase = PHRASES[nom] || "La clé d’accès n’a pas pu être utilisée. Recommencez, ou entrez autrement.";
    evenement.preventDefault();
    let encadre = document.getElementById("refus-cle");
    if (!encadre) {
      encadre = document.createElement("p");
      encadre.id = "refus-cle";
      encadre.className = "alerte ton-attente";
      encadre.setAttribute("role", "alert");
      const titre = document.querySelector("main h1");
      titre.insertAdjacentElement("afterend", encadre);
    }
    encadre.textContent = phrase;
  });
})();
