"""What the deploy check finds, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from engine.dialect.advice import ADVICE
from engine.dialect.vocabulary.line import Hint
from engine.errors import EngineError

Severity = Literal["error", "warning"]

TEXTS: Mapping[str, tuple[str, str]] = {
    **ADVICE,
    "file_too_large": ("文件过大：{detail}", "the file is too large: {detail}"),
    "too_many": ("{what} 过多：{count} 个，最多 {limit} 个", "too many {what}: {count}, at most {limit} are read"),
    "file_unknown": (
        "不认识的文件类型，只接受 .bpmn、.dmn、.form", "unknown kind of file; .bpmn, .dmn and .form are taken"
    ),
    "xml_syntax": ("XML 语法错误：{detail}", "XML syntax error: {detail}"),
    "doctype_refused": ("不接受带 DOCTYPE 的 XML", "XML with a DOCTYPE is refused"),
    "not_bpmn": ("不是 BPMN 2.0 文件", "this is no BPMN 2.0 file"),
    "no_process": ("没有可执行的流程（isExecutable）", "there is no executable process (isExecutable)"),
    "element_unsupported": ("不支持元素 {what}", "{what} is not supported"),
    "attribute_unsupported": ("不支持属性 {what}", "the attribute {what} is not supported"),
    "value_unsupported": (
        "属性 {what} 不支持取值“{value}”", "the attribute {what} does not support the value '{value}'"
    ),
    "attribute_missing": ("缺少属性 {what}", "the attribute {what} is missing"),
    "extension_unsupported": ("不支持扩展 {what}", "the extension {what} is not supported"),
    "dialects_mixed": (
        "本文件为 {platform} 绘制，而 {what} 属于 {other}",
        "this file is drawn for {platform}, and {what} belongs to {other}"
    ),
    "id_invalid": (
        "id“{what}”不合规则：以字母开头，只含字母、数字、“_”、“-”、“.”",
        "the id '{what}' is not made of a letter, then letters, digits, '_', '-' and '.'",
    ),
    "id_missing": ("元素 {what} 没有 id", "{what} has no id"),
    "id_twice": ("id“{what}”出现两次", "the id '{what}' occurs twice"),
    "id_elsewhere": (
        "同时部署的另一个文件中也有 id“{what}”", "the id '{what}' is also in another file that is deployed together"
    ),
    "reference_dangling": ("引用的“{what}”不存在", "'{what}' is referred to and does not exist"),
    "message_flow_invalid": (
        "消息流须在两个池之间，从能发送的元素到能接收的元素",
        "a message flow leads from what can send in one pool to what can receive in another",
    ),
    "gateway_direction": (
        "网关的顺序流与其方向 {what} 不符", "the gateway has other ways in or out than its direction {what} says"
    ),
    "way_unmatched": (
        "列出的顺序流“{what}”不在这里，以顺序流本身为准",
        "the sequence flow '{what}' is listed and is not here; what the flow itself says counts",
    ),
    "code_missing": (
        "没有代码：只有不限代码的事件能捕获", "it has no code: only events that catch any code will catch it"
    ),
    "flow_crosses_scope": (
        "顺序流“{what}”跨越了子流程的边界", "the sequence flow '{what}' crosses a sub-process's border"
    ),
    "incoming_not_allowed": ("此元素不能有进入的顺序流", "no sequence flow may lead here"),
    "outgoing_not_allowed": ("此元素不能有离开的顺序流", "no sequence flow may leave from here"),
    "condition_ignored": ("此顺序流的条件不起作用", "the condition of this sequence flow would never be looked at"),
    "condition_missing": (
        "排他网关的出口“{what}”既没有条件，也不是默认流",
        "the way out '{what}' of an exclusive gateway has no condition and is not the default flow",
    ),
    "gateway_target": (
        "事件网关之后只能是中间捕获事件（链接除外）或没有边界事件的接收任务",
        "an event-based gateway leads to intermediate catch events (but links) and receive tasks without a border",
    ),
    "host_not_activity": ("边界事件只能附在活动上", "a boundary event belongs on an activity"),
    "start_parallel": (
        "流程的开始事件不能要求几个触发条件都满足；请用并行事件网关（instantiate）",
        "a process's start event cannot wait for all of several triggers; use a parallel event-based gateway",
    ),
    "instantiate_misplaced": (
        "创建实例的网关或接收任务要放在流程最外层，不能有进入的顺序流，也不能重复",
        "what instantiates stands in the process itself, without flows that lead there and without a loop",
    ),
    "gateway_parallel": (
        "并行事件网关只用于创建实例（instantiate）", "a parallel event-based gateway is there to instantiate only"
    ),
    "gateway_start_target": (
        "创建实例的事件网关之后只能是消息和信号", "messages and signals alone follow an instantiating gateway"
    ),
    "start_misplaced": (
        "带触发条件的开始事件只能用在流程或事件子流程中",
        "a start event that waits for something stands in a process or an event sub-process",
    ),
    "start_of_event_sub_process": (
        "事件子流程需要恰好一个带触发条件的开始事件",
        "an event sub-process needs exactly one start event, with something that it waits for",
    ),
    "unreachable": ("从开始事件无法到达此元素", "no path from a start event leads here"),
    "no_start": ("没有开始事件", "there is no start event"),
    "default_missing": ("所有出口都有条件，但没有默认流", "all ways out have conditions and none is the default flow"),
    "expression_invalid": ("表达式无法解析：{detail}", "the expression cannot be read: {detail}"),
    "function_unknown": ("未知的函数“{what}”", "unknown function '{what}'"),
    "timer_invalid": ("定时器的值“{value}”无法识别", "the timer's value '{value}' cannot be read"),
    "event_empty": ("事件没有说明等待什么", "the event does not say what it waits for"),
    "message_leaves": (
        "消息流指向“{what}”，那里没有可执行的流程；由外部发送请设置 camunda:topic",
        "the message flow leads to '{what}', where no process of this file runs; let a worker send it (camunda:topic)",
    ),
    "definition_alone": (
        "定义 {what} 不能与其他定义一起用在这里", "{what} does not go together with the other definitions of this event"
    ),
    "link_unmatched": (
        "链接“{what}”在本层没有对应的抛出或捕获事件", "the link '{what}' lacks its other end in this scope"
    ),
    "link_twice": ("链接“{what}”在本层有两个捕获事件", "the link '{what}' leads to two events in this scope"),
    "call_target_missing": (
        "调用的流程“{what}”不在本次部署的文件中，也没有部署过（须为 isExecutable）",
        "the called process '{what}' is neither among the files nor deployed (with isExecutable)",
    ),
    "call_target_start": (
        "调用的流程“{what}”没有普通开始事件，不能被调用",
        "the called process '{what}' has no plain start event, so that nothing can call it",
    ),
    "form_missing": ("表单“{what}”不在本次部署的文件中", "the form '{what}' is not among the deployed files"),
    "listener_timer": ("定时器只用于 timeout 监听器", "a timer belongs to listeners of the event timeout"),
    "listener_empty": (
        "监听器没有说明做什么：请写表达式或 FEEL 脚本",
        "the listener does not say what is to be done: give it an expression, or a script in FEEL",
    ),
    "form_many": (
        "表单有不止一处：formRef、formKey、formData 只能用一个",
        "it has more than one form: use only one of formRef, formKey and formData",
    ),
    "form_invalid": ("表单无法使用：{detail}", "the form cannot be used: {detail}"),
    "decision_missing": ("决策“{what}”不在本次部署的文件中", "the decision '{what}' is not among the deployed files"),
    "decision_invalid": ("决策表无法使用：{detail}", "the decision model cannot be used: {detail}"),
    "table_gap": (
        "决策表“{table}”有空缺：{where} 时没有规则匹配", "the table '{table}' has a gap: no rule matches {where}",
    ),
    "table_overlap": (
        "决策表“{table}”的规则 {number} 与规则 {other} 重叠：{where}",
        "rules {number} and {other} of the table '{table}' overlap: {where}",
    ),
    "table_rule_hidden": (
        "决策表“{table}”的规则 {other} 总被前面的规则 {number} 挡住",
        "rule {other} of the table '{table}' is never reached: rule {number} comes first",
    ),
    "table_rule_dead": (
        "决策表“{table}”的规则 {number} 永远不会匹配", "rule {number} of the table '{table}' can never match",
    ),
    "table_value_outside": (
        "决策表“{table}”规则 {number} 的“{column}”取值 {value} 不在允许值之内",
        "rule {number} of the table '{table}' has {value} in '{column}', which is not among the allowed values",
    ),
    "table_type": (
        "决策表“{table}”规则 {number} 的“{column}”取值 {value} 不是 {type} 类型",
        "rule {number} of the table '{table}' has {value} in '{column}', which is no {type}",
    ),
    "service_empty": (
        "服务任务需要作业类型（external 主题、zeebe:taskDefinition）或表达式",
        "a service task needs a job's type (an external topic, a zeebe:taskDefinition) or an expression",
    ),
    "cardinality_invalid": (
        "多实例的次数“{value}”不是非负整数", "the cardinality '{value}' of a multi-instance is no natural number"
    ),
    "loop_invalid": (
        "多实例需要集合或次数，二者取一；元素变量只能与集合同用",
        "a multi-instance needs either a collection or a cardinality; only a collection has an element variable",
    ),
    "retry_cycle_invalid": (
        "重试周期“{value}”无法识别，例如 R5/PT10M 或 PT10M,PT20M",
        "the retry cycle '{value}' cannot be read; write R5/PT10M or PT10M,PT20M",
    ),
    "parameter_many": (
        "一个参数只能有一个值：文字、列表、映射或脚本", "a parameter has one value: a text, a list, a map or a script"
    ),
    "ad_hoc_event": (
        "临时子流程中不能有开始事件和结束事件", "an ad-hoc sub-process has neither start nor end events"
    ),
    "loop_endless": (
        "循环既没有条件，也没有最大次数（loopMaximum）", "the loop has neither a condition nor a maximum (loopMaximum)",
    ),
    "loop_output_invalid": (
        "多实例的输出需要 loopDataOutputRef 和带名称的 outputDataItem",
        "a multi-instance's output needs a loopDataOutputRef and an outputDataItem with a name",
    ),
    "transformation_missing": (
        "多个来源的数据关联需要 transformation 或 assignment",
        "a data association with several sources needs a transformation or an assignment",
    ),
    "assignment_invalid": (
        "赋值需要 from，to 只能是一个变量名：“{value}”",
        "an assignment needs a 'from', and its 'to' is the name of a variable: '{value}'",
    ),
    "service_both": ("topic 与 expression、结果变量不能同用", "a topic goes with neither an expression nor a result"),
    "assignee_twice": (
        "办理人写了两次：只能有一个 humanPerformer，并且不能同时写办理人属性",
        "the assignee is named twice: one humanPerformer at most, and not beside the assignee's attribute",
    ),
    "nobody": (
        "没有写明此任务由谁办理：缺少办理人和候选人",
        "the task does not say who is to do it: it has neither assignee nor candidates",
    ),
    "user_unknown": ("没有登录名为“{what}”的用户", "there is no user '{what}'"),
    "group_unknown": ("没有代码为“{what}”的组", "there is no group '{what}'"),
    "deadlock": (
        "会永远等在这里：不会有令牌从“{what}”到来（{path}）",
        "tokens wait here for ever: none ever comes from '{what}' ({path})",
    ),
    "deadlock_possible": (
        "可能永远等在这里：不会有令牌从“{what}”到来（{path}）",
        "tokens may wait here for ever: none comes from '{what}' after: {path}",
    ),
    "surplus_tokens": (
        "可能有多个令牌先后到达这里，后面的步骤会重复执行（{path}）",
        "several tokens may come here, and what follows be done several times, after: {path}",
    ),
    "endless_loop": (
        "此循环没有出口，也不等待任何事，会无休止地运行",
        "this loop has no way out and waits for nothing: it would run without end",
    ),
    "no_way_to_end": ("从这里没有路径通向结束", "no path leads from here to an end"),
    "activation_missing": (
        "有多个入口的复杂网关需要激活条件（activationCondition）",
        "a complex gateway with several ways in needs an activationCondition",
    ),
    "compensation_without_handler": (
        "补偿边界事件没有用关联线连到补偿活动", "no association leads from this compensation event to a handler"
    ),
    "compensation_twice": (
        "活动“{what}”只能有一种补偿方式", "there may be only one way to compensate '{what}'"
    ),
    "compensation_elsewhere": (
        "补偿活动“{what}”与被补偿的活动不在同一层", "the handler '{what}' stands in another scope than the activity"
    ),
    "compensation_of_handler": ("补偿活动本身不能再被补偿", "a compensation handler is not compensated itself"),
    "compensation_of_process": (
        "补偿事件子流程只能放在子流程中", "an event sub-process for compensation stands in a sub-process"
    ),
    "compensation_out_of_reach": (
        "“{what}”不是此事件所在层的活动，无法补偿",
        "'{what}' is no activity of this event's scope: it cannot be compensated from here",
    ),
    "not_for_compensation": (
        "与补偿边界事件相连的活动需要 isForCompensation=\"true\"",
        'what a compensation event leads to is marked isForCompensation="true"',
    ),
    "handler_unused": (
        "没有补偿边界事件连到此补偿活动", "no compensation event leads to this handler: it would never run"
    ),
    "cancel_misplaced": ("取消事件只能用于事务子流程", "cancel events belong to transactions"),
    "cancel_uncaught": (
        "事务“{what}”的边界上没有取消事件", "no cancel event on the border of the transaction '{what}' catches it"
    ),
    "property_invalid": ("{detail}", "{detail}"),
    "script_refused": ("脚本只支持 FEEL，不支持“{value}”", "scripts are written in FEEL; '{value}' is not run"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the check has to say about one place of one file."""

    file: str
    rule: str
    line: int = 0
    element_id: str | None = None
    severity: Severity = "error"
    params: Mapping[str, str] = field(default_factory=dict)
    column: int = 0
    hint: Hint | None = None

    def message(self, language: str = "zh") -> str:
        """Return the sentence in Chinese ("zh…") or English."""
        chinese, english = (text.format(**self.params) for text in TEXTS[self.rule])
        if self.hint is not None:
            chinese, english = f"{chinese}：{self.hint.zh}", f"{english}: {self.hint.en}"
        return chinese if language.startswith("zh") else english

    def line_of_text(self, language: str = "zh") -> str:
        """Return file, line, element and sentence in one line, as compilers write them."""
        element = f" [{self.element_id}]" if self.element_id else ""
        return f"{self.file}:{self.line}: {self.severity}{element} {self.rule}: {self.message(language)}"


class DeploymentRefused(EngineError):
    """The files cannot be deployed; `findings` says why, one by one."""

    code = "deployment_refused"

    def __init__(self, findings: Sequence[Finding]) -> None:
        errors = [finding for finding in findings if finding.severity == "error"]
        super().__init__("; ".join(finding.line_of_text("en") for finding in errors[:5]))
        self.findings = list(findings)
