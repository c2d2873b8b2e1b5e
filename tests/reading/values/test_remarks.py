"""Remarks that say that another cell of their row is wrong."""

from pathlib import Path

import pytest

from tests.support.field_rows import Read, unread
from tests.support.workbooks import CLEAN, people

PERSON = CLEAN | {"技能等级取得时间": "2019-06", "职称": "工程师", "职称取得时间": "2018-06"}


STOOD = PERSON | {"荣誉称号": "辽宁工匠"}


def contradicted(path: Path, remark: str) -> list[str]:
    """The headers of the cells that a remark makes unknown."""
    found = Read(people(path / "a.xlsx", STOOD | {"备注": remark})).findings
    return found.loc[found["code"].isin(["credential_contradicted", "fact_contradicted", "grade_contradicted"]), "header"].tolist()


@pytest.mark.parametrize(
    ("remark", "headers"),
    [
        ("技师已降为高级工", ["技能等级"]),
        ("实为高级工", ["技能等级"]),
        ("等级应为高级技师", ["技能等级"]),
        ("更正为：高级工", ["技能等级"]),
        ("2024年取得高级技师", ["技能等级"]),
        ("已晋升高级技师；已审核", ["技能等级"]),
        ("工程师实为助理工程师", ["职称"]),
        ("2023年获评高级工程师", ["职称"]),
        ("职称填写有误", ["职称"]),
        ("技师为企业内部评定", ["技能等级"]),
        ("工程师未经确认", ["职称"]),
        ("高级工程师证书已注销", ["职称"]),
        ("技能等级取得时间应为2021年6月", ["技能等级取得时间"]),
        ("技师证书上的日期待核实", ["技能等级取得时间"]),
        ("职称取得时间以证书为准", ["职称取得时间"]),
        ("发证日期有误", ["技能等级取得时间", "职称取得时间"]),
        ("非一线", ["是否一线岗位"]),
        ("已脱离生产一线", ["是否一线岗位"]),
        ("已调至机关", ["岗位类别"]),
        ("实际从事管理工作", ["岗位类别"]),
        ("实际从事行政管理", ["岗位类别"]),
        ("机关借用", ["岗位类别"]),
        ("2024年提干", ["岗位类别"]),
        ("转岗至人力资源部", ["岗位类别"]),
        ("已脱产", ["是否一线岗位"]),
        ("不在生产岗位", ["是否一线岗位"]),
        ("技师证2024年才拿到", ["技能等级取得时间"]),
        ("2024年5月取得技师证", ["技能等级取得时间"]),
        ("工程师是2024年评的", ["职称取得时间"]),
        ("职称证2023.12下发", ["职称取得时间"]),
        ("技师证书2019年6月补发", ["技能等级取得时间"]),
        ("等级证书尚在办理", ["技能等级", "职称"]),
        ("技师证未到手", ["技能等级"]),
        ("技师鉴定成绩未出", ["技能等级"]),
        ("未提供技师证书", ["技能等级"]),
        ("无技师证", ["技能等级"]),
        ("未持证", ["技能等级", "职称"]),
        ("工程师资格2024年获批", ["职称取得时间"]),
        ("有学术不端行为", ["诚信情况"]),
        ("材料不实被举报", ["诚信情况"]),
        ("人证不符", ["技能等级", "职称"]),
        ("联网查无此证", ["技能等级", "职称"]),
        ("职称是经济系列的", ["职称"]),
        ("职称应为会计师", ["职称"]),
        ("实际为政工师", ["职称"]),
        ("2023年度应为基本合格", ["2023年度考核"]),
        ("2022年试用期未定等", ["2022年度考核"]),
        ("2024年受记过处分", ["诚信情况"]),
        ("有举报，正在核查", ["诚信情况"]),
        ("2023年论文代写", ["诚信情况"]),
        ("正在接受组织调查", ["诚信情况"]),
        ("因违纪被处理", ["诚信情况"]),
        ("技师取得时间不确定", ["技能等级取得时间"]),
        ("级别写错", ["技能等级", "职称"]),
        ("辽宁工匠称号已撤销", ["荣誉称号"]),
        ("荣誉系其徒弟所获", ["荣誉称号"]),
        ("荣誉证书未提供", ["荣誉称号"]),
    ],
)
def test_what_a_remark_corrects_is_unknown(remark: str, headers: list[str], tmp_path: Path) -> None:
    assert contradicted(tmp_path, remark) == headers


@pytest.mark.parametrize(
    "remark",
    [
        "应为技师",
        "2015年取得高级工，2019年取得技师",
        "技能等级取得时间应为2019年6月",
        "毕业时间有误",
        "身份证号有误",
        "工程师证书编号以原件为准",
        "工程师2018年取得，助理工程师2012年取得",
        "实际岗位为车工",
        "徒弟已取得高级技师",
        "拟晋升高级技师",
        "2025年通过高级技师理论考试",
        "曾在机关工作",
        "长期在生产一线",
        "已调至二车间",
        "改为夜班",
        "技师2019年6月取得",
        "技师证书2023年补发",
        "工程师2018年6月评审通过",
        "2012年脱产学习",
        "未受过处分",
        "无学术不端行为",
        "沈阳市技术能手证书丢失",
        "无证明人",
        "2019年经济专业毕业",
        "2020年获辽宁工匠称号",
        "荣誉证书原件已核",
        "不详",
    ],
)
def test_a_remark_that_agrees_or_is_of_another_matter_changes_nothing(remark: str, tmp_path: Path) -> None:
    assert contradicted(tmp_path, remark) == []


@pytest.mark.parametrize("remark", ["辽宁工匠", "2020年获辽宁省技术能手", "国家级技能大师工作室领办人；党员"])
def test_an_honour_that_only_a_remark_tells_is_unknown_not_none(remark: str, tmp_path: Path) -> None:
    file = people(tmp_path / "a.xlsx", PERSON | {"备注": remark})
    assert "honour_elsewhere" in Read(file).findings["code"].tolist()
    assert unread(tmp_path) == ["honours"]


@pytest.mark.parametrize("remark", ["沈阳市技术能手", "辽宁工匠称号已撤销", "其师傅为全国技术能手", "申报辽宁工匠"])
def test_an_honour_that_a_remark_takes_back_or_of_another_is_none(remark: str, tmp_path: Path) -> None:
    found = Read(people(tmp_path / "a.xlsx", PERSON | {"技能等级": "中级工", "备注": remark}))
    assert "honour_elsewhere" not in found.findings["code"].tolist()


@pytest.mark.parametrize(
    ("remark", "told"),
    [
        *((remark, True) for remark in ("任车间主任", "专职工会主席", "中断2年", "2020年转岗为焊工", "挂靠", "非本单位人员", "人在国外项目", "缺技师证复印件", "只有培训结业证", "等级为自报", "从事车间生产管理", "受刑事处罚", "身份证号有误", "放弃申报", "2024年全年病假", "社保在外地", "正在公示", "等待发证", "未提供证明", "不在辽宁", "工作地：吉林", "仅有培训合格证", "档案无记录", "查询无果", "兼职", "未转正", "年限不够", "本人放弃", "无证上岗")),
        *((remark, False) for remark in ("党员", "工会小组长", "2025年新调入", "证书原件已审核", "拟申报高级技师", "2019年6月取得技师", "借调已结束", "户口在外省", "特种作业证在有效期内", "技师证书编号1021", "长期从事焊接工作", "无弄虚作假", "材料经核查无误", "身份证复印件已交", "实习指导教师", "13年工龄", "年限满", "兼任班长", "外聘专家评审通过")),
        ("已调至机关", False),
    ],
)  # fmt: skip
def test_a_remark_that_may_bear_on_a_verdict_and_is_not_understood_is_told(remark: str, told: bool, tmp_path: Path) -> None:
    """Of a remark that is weighed, another finding tells."""
    found = Read(people(tmp_path / "a.xlsx", PERSON | {"备注": remark})).findings
    assert ("remark_unweighed" in found["code"].tolist()) == told


@pytest.mark.parametrize("remark", ["职称待核", "职称以证书为准", "职称应为工程师"])
def test_a_title_that_only_a_remark_calls_doubtful_is_unknown_not_none(remark: str, tmp_path: Path) -> None:
    file = people(tmp_path / "a.xlsx", CLEAN | {"职称": "无", "备注": remark})
    assert "credential_elsewhere" in Read(file).findings["code"].tolist()
    assert unread(tmp_path) == ["title"]


@pytest.mark.parametrize("remark", ["延迟退休", "已办理延期退休"])
def test_who_retires_later_is_at_work(remark: str, tmp_path: Path) -> None:
    found = Read(people(tmp_path / "a.xlsx", CLEAN | {"备注": remark}))
    assert "state_contradicted" not in found.findings["code"].tolist()


@pytest.mark.parametrize("remark", ["2025年11月30日合同期满不续签", "人已走", "已办退", "达到退休年龄", "劳动合同已终止"])
def test_who_has_left_by_a_remark_is_not_at_work_for_certain(remark: str, tmp_path: Path) -> None:
    found = Read(people(tmp_path / "a.xlsx", CLEAN | {"备注": remark}))
    assert found.named()["张示例"]["s2t-engineer"][0] in ("unverified", "ineligible")
    assert "service" in found.findings["field"].tolist()
