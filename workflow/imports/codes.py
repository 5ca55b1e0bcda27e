"""The code tables of the national template (domain 5.2): labels to store, codes to export."""

import unicodedata
from collections.abc import Iterable

from workflow.imports.countries import COUNTRIES


class CodeTable:
    """One table. `labels` in order; `canonical(text)` finds the label for a label, another writing of it, or a code."""

    def __init__(self, name: str, entries: Iterable[tuple[str, tuple[str, ...]]], note: str = "") -> None:
        self.name = name
        self.note = note
        self._codes: dict[str, str] = {}
        self._found: dict[str, str] = {}
        for code, labels in entries:
            self._codes[labels[0]] = code
            for writing in (*labels, code):
                if writing:
                    self._found.setdefault(_key(writing), labels[0])
        self.labels = tuple(self._codes)
        self._exact = dict.fromkeys(self.labels)

    def canonical(self, text: str) -> str | None:
        """The label to store, or None when the text is neither label nor code of this table."""
        return text if text in self._exact else self._found.get(_key(text))

    def padded(self, number: str) -> str | None:
        """The label for a code that a spreadsheet has turned into a number and so lost its leading zero."""
        return self.canonical(number) or self.canonical(number.zfill(2))

    def code_of(self, label: str) -> str:
        """The code of a stored label; empty where the template has labels only."""
        return self._codes[label]

    def offer(self) -> str:
        """The allowed labels as part of a sentence; long tables show their beginning."""
        if len(self.labels) <= 16:
            return "、".join(self.labels)
        return "、".join(self.labels[:8]) + f"等{len(self.labels)}项"


def _key(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def _table(name: str, entries: str) -> CodeTable:
    """`entries`: code=label|other writing, separated by spaces; an empty code means that there is none."""
    pairs = (entry.partition("=") for entry in entries.split())
    return CodeTable(name, ((code, tuple(labels.split("|"))) for code, _, labels in pairs))


NATIONS = """
汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇
柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京
塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺
"""
"""In the order of their numeric codes in GB/T 3304."""
OLDER_NATIONS = {"毛南": ("毛难族", "毛难"), "德昂": ("崩龙族", "崩龙")}


def _nations() -> CodeTable:
    entries = [
        (f"{number:02}", (f"{name}族", name, *OLDER_NATIONS.get(name, ())))
        for number, name in enumerate(NATIONS.split(), 1)
    ]
    others = [("97", ("其他", "其他民族")), ("98", ("外国血统中国籍人士", "外国血统")), ("", ("穿青人", "穿青人族"))]
    return CodeTable("民族", [*entries, *others])


YES_NO = _table("是否", "1=是 0=否")
SEX = _table("性别", "1=男 2=女")
NATION = _nations()
COUNTRY = _table("国籍/地区", COUNTRIES)
_PUPIL_DOCUMENTS = """
1=居民身份证 6=香港特区护照/身份证明 7=澳门特区护照/身份证明 8=台湾居民来往大陆通行证
9=境外永久居住证|外国人永久居留身份证 A=护照 Z=其他
"""
PUPIL_DOCUMENT = _table("身份证件类型", _PUPIL_DOCUMENTS)
_MEMBER_DOCUMENTS = "2=军官证 3=士兵证 4=文职干部证 5=部队离退休证 B=户口簿"
MEMBER_DOCUMENT = _table("身份证件类型", _PUPIL_DOCUMENTS + _MEMBER_DOCUMENTS)
OVERSEAS = _table(
    "港澳台侨外",
    "00=否 01=香港同胞 02=香港同胞亲属 03=澳门同胞 04=澳门同胞亲属 05=台湾同胞 06=台湾同胞亲属 11=华侨 12=侨眷 "
    "13=归侨 14=归侨子女 21=归国留学人员 31=非华裔中国人 41=外籍华裔人 51=外国人 99=其他",
)
HEALTH = _table("健康状况", "10=健康或良好 20=一般或较弱 30=有慢性病 40=有生理缺陷 50=残疾")
POLITICS = _table("政治面貌", "01=中共党员 02=中共预备党员 03=共青团员|中国共产主义青年团团员 13=群众 =少先队员")
HOUSEHOLD = _table("户口性质", "1=农业户口 2=非农业户口 9=居民户口")
ENTRY = _table(
    "入学方式",
    "11=就近入学 21=统一招生考试/普通入学|统一招生考试|普通入学 22=体育特招 23=艺术特招 99=其他|12",
)
BOARDING = _table("就读方式", "1=走读 2=住校")
LEFT_BEHIND = _table("是否留守儿童", "0=非留守儿童 1=单亲留守儿童 2=双亲留守儿童")
TRAVEL = _table(
    "上下学交通方式",
    "=步行 =自行车（含摩托车、电动自行车）|自行车 =公共交通（含城市公交、农村客运、地铁）|公共交通 "
    "=家长自行接送 =校车 =其他",
)
BLOOD = _table("血型", "1=A|A型 2=B|B型 3=AB|AB型 4=O|O型 5=其他 9=未定 0=未知")
SOURCE = _table("学生来源", "1=正常入学 2=借读 9=其他")
DISABILITY = _table(
    "残疾类型",
    "=无残疾 =视力|视力残疾 =听力|听力残疾 =言语|言语残疾 =肢体|肢体残疾 =智力|智力残疾 =精神|精神残疾 "
    "=多重|多重残疾 =其他残疾|其他",
)
INCLUSION = _table(
    "随班就读",
    "=非随班就读 =视力残疾随班就读|视力随班就读 =听力残疾随班就读|听力随班就读 =智力残疾随班就读|智力随班就读 "
    "=其他残疾随班就读",
)
RELATION = _table(
    "关系",
    "51=父亲 52=母亲 60=祖父母或外祖父母|祖父母/外祖父母 70=兄弟姐妹 97=其他|其他亲属 50=父母 57=继父或养父|继父|养父 "
    "58=继母或养母|继母|养母 61=祖父|爷爷 62=祖母|奶奶 63=外祖父|外公 64=外祖母|外婆 71=兄|哥哥 73=弟|弟弟 75=姐|姐姐 "
    "77=妹|妹妹 81=伯父 82=伯母 83=叔父|叔叔 84=婶母 85=舅父|舅舅 86=舅母 87=姨父 88=姨母 89=姑父 90=姑母 99=非亲属",
)
"""The template offers the first five; the rest is GB/T 4761."""
