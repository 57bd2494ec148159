"""The sentences of bpmnlint's rules, Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

ADVICE: Mapping[str, tuple[str, str]] = {
    "label-required": ("没有名称", "has no name"),
    "no-disconnected": ("没有与任何元素相连", "is connected to nothing"),
    "no-duplicate-sequence-flows": (
        "与另一条顺序流的起点、终点和条件都相同", "leads the same way under the same condition as another sequence flow"
    ),
    "superfluous-gateway": ("网关多余：只有一个入口和一个出口", "the gateway is superfluous: one way in, one way out"),
    "superfluous-termination": (
        "终止多余：这是唯一的结束", "termination is superfluous: nothing else can be under way at the only end"
    ),
    "fake-join": (
        "多条顺序流直接进入此元素，并不互相等待；请用网关表明是汇合还是合并",
        "the incoming flows do not wait for each other; a gateway would say whether they join or merge",
    ),
    "no-implicit-split": (
        "多条无条件的顺序流离开此元素，会同时进行；请用并行网关表明",
        "several unconditional flows leave at once; a parallel gateway would say so",
    ),
    "no-implicit-end": ("流程在此隐式结束；请画出结束事件", "the path ends here without an end event"),
    "no-implicit-start": ("没有进入的顺序流；请画出开始事件", "the path begins here without a start event"),
    "conditional-flows": (
        "同一元素的其他出口有条件，此顺序流却没有", "has no condition while other ways out of the same element have one"
    ),
    "no-gateway-join-fork": (
        "网关既汇合又分支；分成两个网关更清楚", "the gateway both joins and forks; two gateways are clearer"
    ),
    "no-inclusive-gateway": (
        "包容网关不易读懂：请确认不能用排他网关或并行网关代替",
        "inclusive gateways are hard to read: an exclusive or a parallel one may do",
    ),
    "no-complex-gateway": ("复杂网关不易读懂", "complex gateways are hard to read"),
    "single-event-definition": ("事件有多个定义", "the event has several definitions"),
    "single-blank-start-event": ("有多个无触发条件的开始事件", "there are several plain start events"),
    "start-event-required": ("没有开始事件", "there is no start event"),
    "end-event-required": ("没有结束事件", "there is no end event"),
    "sub-process-blank-start-event": (
        "子流程的开始事件不应有触发条件", "the start event of a sub-process waits for nothing"
    ),
    "event-sub-process-typed-start-event": (
        "事件子流程的开始事件需要触发条件", "the start event of an event sub-process needs something that it waits for"
    ),
    "event-based-gateway": ("事件网关至少需要两个出口", "an event-based gateway needs two ways out or more"),
    "ad-hoc-sub-process": (
        "自由子流程里不应有开始事件和结束事件", "an ad-hoc sub-process has neither start nor end events"
    ),
    "link-event": (
        "链接事件缺少名称，或在同一范围内没有唯一对应的另一端",
        "the link event has no name, or not one counterpart of that name in its scope",
    ),
    "superfluous-label": (
        "此顺序流不是选择的出口，无须名称", "the flow is no choice, so that its label says nothing"
    ),
    "global": (
        "“{what}”没有名称、没有被引用，或与另一个同名", "'{what}' has no name, is not used, or is named like another"
    ),
    "no-bpmndi": ("没有图形：在图上看不到", "is not drawn: nobody can see it in the diagram"),
    "no-overlapping-elements": ("与另一个元素重叠", "lies on another element"),
}
