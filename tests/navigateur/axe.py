"""axe on the page as it stands. The contrast of a text is measured once for each way of drawing one, whatever the page.

Two thirds of what axe costs is the contrast of each text, page after page of the same pieces. What it answers depends on what
the browser computed: the colour, the size and the weight of the text, and what is painted behind it, that is the background,
the opacity and the effects of each element that holds it. All of that, with the tags and the classes from the text up to the
root and the width of the window, is the key of a text: a text of the same key that axe found good is not measured again.
Only what axe measured and found good is kept, and the texts of a drawing, that it never measures. A text that something may
pass behind or before without holding it (placed, floating, transformed, drawn up by a margin) has no key, and is measured each
time.
"""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# The violations only, as sentences: the rest of what axe answers weighs a hundred times more. « preload » would ask for every
# style sheet again, for rules about media that no page has.
AXE = """async (connues) => {
    const vues = new Set(connues.split(" ")), nouvelles = [], cles = new Map();
    const AUTRES = ["color", "backgroundColor", "backgroundImage", "backgroundClip", "backgroundSize", "backgroundPosition",
        "opacity", "fontSize", "fontWeight", "textShadow", "filter", "backdropFilter", "mixBlendMode", "webkitTextFillColor",
        "webkitTextStrokeWidth", "visibility", "clipPath", "maskImage", "zIndex", "position", "display"];
    const empreinte = (texte) => {
        let a = 0xdeadbeef, b = 0x41c6ce57;
        for (let rang = 0; rang < texte.length; rang++) {
            const lettre = texte.charCodeAt(rang);
            a = Math.imul(a ^ lettre, 2654435761);
            b = Math.imul(b ^ lettre, 1597334677);
        }
        a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
        b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
        return ((b >>> 0) * 2 ** 21 + (a >>> 11)).toString(36);
    };
    const enPlace = (style) => ["static", "relative"].includes(style.position)
        || (style.position === "sticky" && style.bottom === "auto" && scrollY === 0);
    const deplace = (style) => !enPlace(style) || style.float !== "none"
        || [style.transform, style.translate, style.scale, style.rotate].some((valeur) => valeur !== "none")
        || (style.position === "relative" && [style.top, style.left].some((valeur) => !["auto", "0px"].includes(valeur)))
        || [style.marginTop, style.marginBottom].some((valeur) => valeur.startsWith("-"));
    const cle = (element) => {  // "": none
        if (element === null) return empreinte(String(innerWidth));
        let trouvee = cles.get(element);
        if (trouvee === undefined) {
            const parent = cle(element.parentElement), style = getComputedStyle(element);
            trouvee = parent === "" || element.assignedSlot || deplace(style) ? "" : empreinte(
                [parent, element.localName, element.getAttribute("class"), ...AUTRES.map((nom) => style[nom])].join("\\n"));
            cles.set(element, trouvee);
        }
        return trouvee;
    };
    const contraste = axe._audit.checks["color-contrast"];
    contraste.mesurer ??= contraste.evaluate;
    contraste.evaluate = function (element, ...reste) {
        const sienne = cle(element);
        if (vues.has(sienne)) return true;
        const dire = this.data;
        let mesure = {};
        this.data = (donnees) => dire.call(this, mesure = donnees);
        const verdict = contraste.mesurer.call(this, element, ...reste);
        const dessin = verdict === undefined && mesure?.messageKey === "imgNode" && element.ownerSVGElement;
        if (sienne !== "" && (dessin || (verdict === true && mesure?.contrastRatio > 1))) {
            vues.add(sienne);
            nouvelles.push(sienne);
        }
        return verdict;
    };
    const {violations} = await axe.run(document, {resultTypes: ["violations"], elementRef: false, preload: false});
    const phrases = violations.flatMap((regle) => regle.nodes.map(
        (noeud) => `axe, ${regle.id} : ${regle.help} : ${noeud.target.join(" ")}`));
    return [phrases, nouvelles.join(" ")];
}"""
VUES: set[str] = set()  # the texts that axe measured and found good, since this process began


def remarques_axe(page: Page) -> list[str]:
    """What axe finds on the page as it stands, a sentence for each element. It sees part of the RGAA only."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(Axe().axe_script)
    remarques, nouvelles = page.evaluate(AXE, " ".join(VUES))
    VUES.update(nouvelles.split())
    return remarques
