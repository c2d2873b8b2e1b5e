"""Made-up people, as clean rows: canonical header -> canonical value, '' where nothing is known.

Dates are ISO text, as fine as they are known: 2019-08-21, 2019-08 or 2019.
The mix is meant to reach every outcome of an audit as of AS_OF.
"""

import calendar
from datetime import date, timedelta
from random import Random

from guantong.sample_data import careers, identifiers

AS_OF = date(2025, 12, 31)  # people are born and promoted so that an audit near this day is varied
ASSESSMENT_YEARS = (2021, 2022, 2023, 2024, 2025)
FIELDS = (
    "序号",
    "姓名",
    "身份证号",
    "性别",
    "出生年月",
    "单位名称",
    "统一社会信用代码",
    "所在市",
    "人员类别",
    "岗位类别",
    "岗位名称",
    "是否一线岗位",
    "是否工程技术领域",
    "在岗状态",
    "现岗位起始时间",
    "从事相关工作起始时间",
    "中断月数",
    "职业（工种）",
    "技能等级",
    "技能等级取得时间",
    "技能证书编号",
    "高级工取得时间",
    "技师取得时间",
    "高级技师取得时间",
    "职称",
    "职称系列",
    "职称专业",
    "职称取得时间",
    "职称证书编号",
    "助理工程师取得时间",
    "工程师取得时间",
    "高级工程师取得时间",
    "学历",
    "毕业院校",
    "技工院校班别",
    "所学专业",
    *(f"{year}年度考核" for year in ASSESSMENT_YEARS),
    "荣誉称号",
    "诚信情况",
    "拟申报职称",
    "拟申报技能等级",
    "备注",
)

SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任"
GIVEN = "示例样本试演虚拟安宁平和清远明朗文武之一以若可青禾云山川河海松柏木林竹石玉书言行知新春秋冬晨星辰光"
RARE_GIVEN = "䶮㛃𬭎𠮷𣲘𬀩𫖯"  # CJK extensions A to E: they need care in every program
SYLLABLES = ("阿木", "古丽", "巴图", "苏和", "乌云", "图雅", "哈斯", "尔登", "萨仁", "那顺")
UNIT_WORDS = ("示例", "样本", "虚拟", "试填", "演示", "假设", "模拟", "范例")
TRADES = ("重工", "机床", "化工", "船舶", "冶金", "电力设备", "轨道车辆", "石化", "矿业", "仪表", "阀门", "轴承")
ENDINGS = ("有限公司", "有限责任公司", "集团有限公司", "（集团）股份有限公司", "厂")
OCCUPATIONS = (
    ("车工", "机械"),
    ("钳工", "机械"),
    ("焊工", "材料成型"),
    ("电工", "电气工程"),
    ("铣工", "机械"),
    ("机床装调维修工", "机械"),
    ("化工总控工", "化学工程"),
    ("锅炉操作工", "热能动力"),
    ("起重装卸机械操作工", "机械"),
    ("数控车工", "机械"),
    ("仪器仪表维修工", "自动化"),
    ("变配电运行值班员", "电气工程"),
)
SCHOOLS = ("示例工业大学", "样本技师学院", "虚拟职业技术学院", "演示理工大学", "试填高级技工学校")
REMARKS = ("无论文", "班组长", "党员", "材料已交", "待补档案", "无职称外语成绩", "2025年新调入")


def make_units(n: int, rng: Random) -> list[dict]:
    """n made-up enterprises: 单位名称 (all different), 统一社会信用代码, 所在市."""
    units, names, codes = [], set(), set()
    while len(units) < n:
        city = rng.choice(tuple(identifiers.CITIES))
        name = city[:-1] + rng.choice(UNIT_WORDS) + rng.choice(TRADES) + rng.choice(ENDINGS)
        if name in names:
            name = f"{name[: -len('公司')] if name.endswith('公司') else name}第{len(names) + 1}分公司"
        names.add(name)
        code = identifiers.credit_code(identifiers.CITIES[city], rng)
        while code in codes:
            code = identifiers.credit_code(identifiers.CITIES[city], rng)
        codes.add(code)
        units.append({"单位名称": name, "统一社会信用代码": code, "所在市": city})
    return units


def make_people(
    n: int, rng: Random, units: list[dict] | None = None, as_of: date = AS_OF, numbers: identifiers.Numbers | None = None
) -> list[dict]:
    """n clean rows, keyed by FIELDS; each person is of one of the units (made up too, if none are given).

    numbers: the ID numbers that may be used; those used are taken from it.
    """
    units = make_units(max(1, n // 100), rng) if units is None else units
    numbers = identifiers.Numbers() if numbers is None else numbers
    return [_person(rng, rng.choice(units), as_of, numbers) for _ in range(n)]


def _person(rng: Random, unit: dict, as_of: date, numbers: identifiers.Numbers) -> dict:
    row = dict.fromkeys(FIELDS, "")
    row.update(unit)
    occupation, profession = rng.choice(OCCUPATIONS)
    kind = careers.choose_kind(rng)
    first = careers.fill(row, kind, profession, rng, as_of)
    row["职业（工种）"] = occupation if row["技能等级"] or rng.random() < 0.8 else ""
    _post(row, kind, occupation, rng)
    _identity(row, first, rng, as_of, numbers)
    _schooling(row, profession, rng)
    for year in ASSESSMENT_YEARS:
        row[f"{year}年度考核"] = _assessment(rng)
    row["诚信情况"] = rng.choices(("良好", "", "弄虚作假"), (80, 18, 2))[0]
    if rng.random() < 0.06:
        row["备注"] = rng.choice(REMARKS)
    return row


def _post(row: dict, kind: careers.Kind, occupation: str, rng: Random) -> None:
    row["人员类别"] = rng.choices((kind.category, "", "管理人员"), (88, 9, 3))[0]
    row["岗位类别"] = rng.choices((kind.post, "技能岗位", "专业技术岗位", "管理岗位", "其他岗位", ""), (80, 5, 4, 4, 2, 5))[0]
    row["岗位名称"] = occupation + rng.choice(("", "岗", "班长", "操作岗"))
    row["是否一线岗位"] = rng.choices(("是", "否", ""), (88, 5, 7))[0]
    row["是否工程技术领域"] = rng.choices(("是", "否", ""), (90, 3, 7))[0]
    row["在岗状态"] = rng.choices(("在岗", "退休", "离职", ""), (87, 6, 2, 5))[0]


def _identity(row: dict, first: date, rng: Random, as_of: date, numbers: identifiers.Numbers) -> None:
    """Name, sex, birthday and ID number; first: the day of the person's earliest credential."""
    male = rng.random() < 0.7
    born = first - timedelta(days=rng.randint(20 * 365, 31 * 365))
    if row["在岗状态"] == "退休":
        born = min(born, years_before(as_of, 61 if male else 56) - timedelta(days=rng.randint(0, 2000)))
    elif years_before(as_of, 59) > born:
        born = years_before(as_of, 59) + timedelta(days=rng.randint(0, 900))
    city = row["所在市"] if rng.random() < 0.7 else rng.choice(tuple(identifiers.CITIES))
    number = identifiers.id_number(identifiers.CITIES[city], born, male, rng, numbers)
    while number in numbers.taken:
        number = identifiers.id_number(identifiers.CITIES[city], born + timedelta(days=rng.randint(-30, 30)), male, rng, numbers)
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    numbers.taken.add(number)
    row["姓名"], row["性别"] = _name(rng), "男" if male else "女"
    row["出生年月"] = coarser(born, 10 if rng.random() < 0.4 else 7)
    row["身份证号"] = number if rng.random() < 0.97 else ""
    started = max(born + timedelta(days=19 * 365), as_of - timedelta(days=rng.randint(100, 9000)))
    row["现岗位起始时间"] = coarser(started, rng.choice((7, 7, 10))) if rng.random() < 0.8 else ""


def _name(rng: Random) -> str:
    chance = rng.random()
    if chance < 0.01:
        return f"{rng.choice(SYLLABLES)}{rng.choice('尔娜木')}·{rng.choice(SYLLABLES)}"
    if chance < 0.02:
        return rng.choice(SURNAMES) + rng.choice(RARE_GIVEN) + rng.choice(("", rng.choice(GIVEN)))
    return rng.choice(SURNAMES) + "".join(rng.choices(GIVEN, k=rng.choices((1, 2), (3, 7))[0]))


def _schooling(row: dict, profession: str, rng: Random) -> None:
    row["学历"] = rng.choices(("初中", "高中", "中专", "大专", "本科", "研究生", ""), (3, 8, 22, 32, 25, 4, 6))[0]
    row["毕业院校"] = rng.choice(SCHOOLS) if row["学历"] not in ("初中", "") else ""
    if row["毕业院校"].endswith(("技师学院", "技工学校")) and rng.random() < 0.7:
        row["技工院校班别"] = rng.choice(("中级工班", "高级工班", "预备技师（技师）班"))
    row["所学专业"] = rng.choices((profession, "会计", "市场营销", ""), (75, 3, 3, 19))[0]


def _assessment(rng: Random) -> str:
    grades = ("合格", "称职", "优秀", "良好", "", "基本合格", "不合格", "基本称职", "不称职", "不定等次", "未考核")
    return rng.choices(grades, (58, 9, 20, 5, 2.5, 1, 1, 0.6, 0.4, 0.8, 1.2))[0]


def coarser(day: date, length: int) -> str:
    """ISO text of a day, cut to its first 4 (year), 7 (month) or 10 characters."""
    return day.isoformat()[:length]


def years_before(day: date, years: int) -> date:
    """The corresponding day `years` earlier; where that month has no such day, its last."""
    year = day.year - years
    return date(year, day.month, min(day.day, calendar.monthrange(year, day.month)[1]))
