"""ISO 639: three-letter language codes, as EU vocabularies write them, to the shortest BCP 47 subtag.

Both three-letter forms of ISO 639-2 are known (``deu`` and ``ger``). A code without a two-letter form stays as it
is, in lower case (``smn``). BCP 47 tags are checked for the shape that entries ask for only: the subtag registry
changes, a credential doesn't. Extensions and private parts (``de-u-co-phonebk``) are cut off.

Source: ISO 639-1 and 639-2 (184 pairs), BCP 47 (RFC 5646 section 2.1).
"""

import re
from typing import Final

_TABLE: Final = """
aar:aa abk:ab afr:af aka:ak alb:sq amh:am ara:ar arg:an arm:hy asm:as ava:av ave:ae aym:ay aze:az bak:ba bam:bm
baq:eu bel:be ben:bn bih:bh bis:bi bod:bo bos:bs bre:br bul:bg bur:my cat:ca ces:cs cha:ch che:ce chi:zh chu:cu
chv:cv cor:kw cos:co cre:cr cym:cy cze:cs dan:da deu:de div:dv dut:nl dzo:dz ell:el eng:en epo:eo est:et eus:eu
ewe:ee fao:fo fas:fa fij:fj fin:fi fra:fr fre:fr fry:fy ful:ff geo:ka ger:de gla:gd gle:ga glg:gl glv:gv gre:el
grn:gn guj:gu hat:ht hau:ha heb:he her:hz hin:hi hmo:ho hrv:hr hun:hu hye:hy ibo:ig ice:is ido:io iii:ii iku:iu
ile:ie ina:ia ind:id ipk:ik isl:is ita:it jav:jv jpn:ja kal:kl kan:kn kas:ks kat:ka kau:kr kaz:kk khm:km kik:ki
kin:rw kir:ky kom:kv kon:kg kor:ko kua:kj kur:ku lao:lo lat:la lav:lv lim:li lin:ln lit:lt ltz:lb lub:lu lug:lg
mac:mk mah:mh mal:ml mao:mi mar:mr may:ms mkd:mk mlg:mg mlt:mt mon:mn mri:mi msa:ms mya:my nau:na nav:nv nbl:nr
nde:nd ndo:ng nep:ne nld:nl nno:nn nob:nb nor:no nya:ny oci:oc oji:oj ori:or orm:om oss:os pan:pa per:fa pli:pi
pol:pl por:pt pus:ps que:qu roh:rm ron:ro rum:ro run:rn rus:ru sag:sg san:sa sin:si slk:sk slo:sk slv:sl sme:se
smo:sm sna:sn snd:sd som:so sot:st spa:es sqi:sq srd:sc srp:sr ssw:ss sun:su swa:sw swe:sv tah:ty tam:ta tat:tt
tel:te tgk:tg tgl:tl tha:th tib:bo tir:ti ton:to tsn:tn tso:ts tuk:tk tur:tr twi:tw uig:ug ukr:uk urd:ur uzb:uz
ven:ve vie:vi vol:vo wel:cy wln:wa wol:wo xho:xh yid:yi yor:yo zha:za zho:zh zul:zu
"""

SHORT: Final[dict[str, str]] = dict(pair.split(":") for pair in _TABLE.split())
"""Three letters to two."""

UNDETERMINED: Final = "und"
"""The tag of a text whose language the document does not say (ISO 639-2)."""

_TAG = re.compile(r"(?P<tag>[a-z]{2,3}(?:-[a-z0-9]{2,8})*)(?:-[a-z0-9](?:-[a-z0-9]{1,8})*)?")


def tag(code: str) -> str:
    """Return the lower-case BCP 47 tag that a code or tag means, or an empty string if it is not shaped like one."""
    lower = code.strip().lower().replace("_", "-")
    match = _TAG.fullmatch(lower)
    if match is None:
        return ""
    primary, dash, rest = match["tag"].partition("-")
    return SHORT.get(primary, primary) + dash + rest
