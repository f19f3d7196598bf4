"""Every address of the portal that speaks of projects. The words are the users'; the names are those of the views."""

from django.urls import path

from .views import bilans, bilans_word, coordination, documents, ien, lettres, pilotage, porteur, projet, public, troika

urlpatterns = [
    # Public
    path("", public.accueil, name="accueil"),
    path("communication/", public.communication, name="communication"),
    path("accessibilite/", public.accessibilite, name="accessibilite"),
    path("mentions-legales/", public.mentions_legales, name="mentions_legales"),
    path("donnees-personnelles/", public.donnees_personnelles, name="donnees_personnelles"),
    path("plan-du-site/", public.plan_du_site, name="plan_du_site"),
    path("demonstration/", public.demonstration, name="demonstration"),
    path("sante/", public.sante, name="sante"),
    # Porteur
    path("deposer/", porteur.deposer, name="deposer"),
    path("deposer/formulaire.docx", documents.modele_word, name="modele_word"),
    path("deposer/en-ligne/", porteur.commencer_en_ligne, name="deposer_en_ligne"),
    path("deposer/<uuid:jeton>/", porteur.verifier, name="deposer_verification"),
    path("deposer/<uuid:jeton>/dossier.docx", documents.brouillon_word, name="brouillon_word"),
    path("deposer/<uuid:jeton>/courriel/", porteur.confirmer_courriel, name="deposer_courriel"),
    path("deposer/<uuid:jeton>/deposer/", porteur.finaliser, name="deposer_finaliser"),
    path("suivi/", porteur.suivi, name="suivi"),
    # One project, one page for every audience
    path("projets/<str:numero>/", projet.projet, name="projet"),
    path("projets/<str:numero>/depose/", porteur.depot_confirme, name="depot_confirme"),
    path("projets/<str:numero>/modifier/", porteur.modifier, name="projet_modifier"),
    path("projets/<str:numero>/redeposer/", porteur.redeposer, name="projet_redeposer"),
    path("projets/<str:numero>/actions/<str:action>/", projet.action, name="projet_action"),
    path("projets/<str:numero>/dossier.docx", documents.projet_word, name="projet_word"),
    path("projets/<str:numero>/fiche.pdf", documents.projet_pdf, name="projet_pdf"),
    path("projets/<str:numero>/lettre.pdf", lettres.lettre_pdf, name="lettre_pdf"),
    path("projets/<str:numero>/lettre.docx", lettres.lettre_word, name="lettre_word"),
    path("projets/<str:numero>/pieces/<int:pk>/", documents.piece, name="piece"),
    path("projets/<str:numero>/bilans/<int:annee>/", bilans.bilan, name="bilan"),
    path("projets/<str:numero>/bilans/<int:annee>/modifier/", bilans.modifier, name="bilan_modifier"),
    path("projets/<str:numero>/bilans/<int:annee>/bilan.pdf", bilans.pdf, name="bilan_pdf"),
    path("projets/<str:numero>/bilans/<int:annee>/bilan.docx", bilans_word.fichier, name="bilan_word"),
    path("projets/<str:numero>/bilans/<int:annee>/word/", bilans_word.deposer, name="bilan_word_deposer"),
    path("projets/<str:numero>/bilans/<int:annee>/<str:action>/", bilans.action, name="bilan_action"),
    # Services
    path("coordination/", coordination.liste, name="coordination"),
    path("coordination/export.csv", coordination.export, name="coordination_export"),
    path("avis/", ien.liste, name="avis"),
    path("avis/<int:pk>/", ien.rendre, name="avis_rendre"),
    path("avis/<str:jeton>/", ien.par_lien, name="avis_lien"),
    path("troika/", troika.liste, name="troika"),
    path("troika/nouvelle/", troika.nouvelle, name="troika_nouvelle"),
    path("troika/<int:pk>/", troika.seance, name="troika_seance"),
    path("troika/<int:pk>/modifier/", troika.modifier, name="troika_modifier"),
    path("troika/<int:pk>/ordre/", troika.ordre, name="troika_ordre"),
    path("troika/<int:pk>/points/<int:point>/voix/", troika.voix, name="troika_voix"),
    path("troika/<int:pk>/points/<int:point>/decision/", troika.decision, name="troika_decision"),
    path("troika/<int:pk>/publier/", troika.publier, name="troika_publier"),
    path("troika/<int:pk>/points/<int:point>/lettre.pdf", lettres.relire, name="troika_lettre"),
    path("troika/<int:pk>/projets-de-lettres.pdf", lettres.relire, name="troika_projets_de_lettres"),
    path("troika/<int:pk>/lettres.zip", lettres.de_la_seance, name="troika_lettres"),
    path("troika/<int:pk>/compte-rendu.pdf", troika.compte_rendu, name="troika_compte_rendu"),
    path("bilans/", bilans.liste, name="bilans"),
    path("pilotage/", pilotage.tableau, name="pilotage"),
    path("pilotage/bilans-<int:annee>.<str:format>", pilotage.exporter, name="exporter_bilans"),
]
