"""What the elements of BPMN, Camunda 7 and Camunda 8 are called in Chinese, for the page that lists them."""

BPMN = {
    "definitions": "定义（文件的根）", "process": "流程", "message": "消息", "signal": "信号", "error": "错误",
    "escalation": "升级", "extensionElements": "扩展元素", "documentation": "说明",
    # flow
    "startEvent": "开始事件", "endEvent": "结束事件", "intermediateCatchEvent": "中间捕获事件",
    "intermediateThrowEvent": "中间抛出事件", "boundaryEvent": "边界事件", "implicitThrowEvent": "隐式抛出事件",
    "event": "多实例抛出的事件",
    "messageEventDefinition": "消息事件定义", "signalEventDefinition": "信号事件定义",
    "timerEventDefinition": "定时器事件定义", "errorEventDefinition": "错误事件定义",
    "escalationEventDefinition": "升级事件定义", "conditionalEventDefinition": "条件事件定义",
    "linkEventDefinition": "链接事件定义", "compensateEventDefinition": "补偿事件定义",
    "timeDate": "时刻", "timeDuration": "时长", "timeCycle": "周期",
    "task": "任务", "userTask": "用户任务", "manualTask": "手工任务", "serviceTask": "服务任务", "sendTask": "发送任务",
    "receiveTask": "接收任务", "scriptTask": "脚本任务", "businessRuleTask": "业务规则任务", "callActivity": "调用活动",
    "subProcess": "子流程", "eventSubProcess": "事件子流程（与子流程不同之处）", "transaction": "事务子流程",
    "adHocSubProcess": "特别子流程", "multiInstanceLoopCharacteristics": "多实例",
    "standardLoopCharacteristics": "标准循环", "complexBehaviorDefinition": "多实例的复杂行为",
    "loopCardinality": "实例数", "loopCondition": "循环条件", "completionCondition": "完成条件",
    "exclusiveGateway": "排他网关", "parallelGateway": "并行网关", "inclusiveGateway": "包容网关",
    "complexGateway": "复杂网关", "eventBasedGateway": "事件网关", "activationCondition": "激活条件",
    "sequenceFlow": "顺序流", "conditionExpression": "流转条件", "condition": "条件", "expression": "表达式",
    "formalExpression": "形式表达式",
    # lanes and notes
    "laneSet": "泳道集", "childLaneSet": "下级泳道集", "lane": "泳道", "textAnnotation": "文字注释",
    "association": "关联线", "group": "分组框", "category": "类别", "categoryValue": "类别值",
    # data
    "dataObject": "数据对象", "dataObjectReference": "数据对象引用", "dataStore": "数据存储",
    "dataStoreReference": "数据存储引用", "dataState": "数据状态", "dataInput": "数据输入", "dataOutput": "数据输出",
    "inputDataItem": "多实例的输入项", "outputDataItem": "多实例的输出项", "property": "属性变量",
    "ioSpecification": "输入输出规格", "inputSet": "输入集", "outputSet": "输出集", "assignment": "赋值",
    "dataInputAssociation": "数据输入关联", "dataOutputAssociation": "数据输出关联", "transformation": "转换",
    "from": "赋值来源", "to": "赋值去向", "itemDefinition": "数据类型定义",
    # collaborations
    "collaboration": "协作", "globalConversation": "全局会话", "participant": "参与者（池）",
    "participantMultiplicity": "参与者数量", "participantAssociation": "参与者关联", "partnerEntity": "合作方",
    "partnerRole": "合作方角色", "messageFlow": "消息流", "messageFlowAssociation": "消息流关联",
    "conversation": "会话", "subConversation": "子会话", "callConversation": "调用会话",
    "conversationAssociation": "会话关联", "conversationLink": "会话连线", "correlationKey": "关联键",
    "correlationProperty": "关联属性", "correlationPropertyRetrievalExpression": "关联属性取值",
    "correlationPropertyBinding": "关联属性绑定", "correlationSubscription": "关联订阅",
    "messagePath": "消息取值式", "dataPath": "数据取值式",
    # choreographies
    "choreography": "编排", "globalChoreographyTask": "全局编排任务", "choreographyTask": "编排任务",
    "subChoreography": "子编排", "callChoreography": "调用编排",
    # people, services, other models
    "resource": "资源", "resourceRole": "资源角色", "performer": "执行者", "humanPerformer": "办理人",
    "potentialOwner": "候选办理人", "resourceParameter": "资源参数", "resourceParameterBinding": "资源参数绑定",
    "resourceAssignmentExpression": "资源分配表达式",
    "globalTask": "全局任务", "globalManualTask": "全局手工任务", "globalUserTask": "全局用户任务",
    "globalScriptTask": "全局脚本任务", "globalBusinessRuleTask": "全局业务规则任务",
    "interface": "服务接口", "operation": "接口操作", "ioBinding": "接口输入输出绑定", "import": "导入",
    "extension": "扩展声明", "extensionDefinition": "扩展定义", "extensionAttributeDefinition": "扩展属性定义",
    "relationship": "模型关系",
}
CAMUNDA = {
    "properties": "扩展属性", "property": "扩展属性项", "inputOutput": "输入输出映射", "inputParameter": "输入参数",
    "outputParameter": "输出参数", "list": "列表值", "map": "映射值", "entry": "映射项", "value": "取值",
    "script": "脚本",
    "formData": "生成的表单", "formField": "表单字段", "validation": "字段校验", "constraint": "校验规则",
    "formProperty": "表单属性（旧）", "connector": "连接器", "field": "字段注入",
    "errorEventDefinition": "外部任务的错误定义", "in": "传入变量", "out": "传出变量",
    "failedJobRetryTimeCycle": "失败重试周期", "executionListener": "执行监听器", "taskListener": "任务监听器",
    "potentialStarter": "候选发起人（旧）",
}
ZEEBE = {
    "properties": "扩展属性", "property": "扩展属性项", "versionTag": "版本标签", "userTaskForm": "内嵌表单",
    "userTask": "用户任务标记", "assignmentDefinition": "办理人", "taskSchedule": "任务期限",
    "priorityDefinition": "任务优先级", "formDefinition": "表单", "taskDefinition": "作业类型",
    "taskHeaders": "作业头", "header": "作业头项", "jobPriorityDefinition": "作业优先级",
    "linkedResources": "关联资源", "linkedResource": "关联资源项", "agentDefinition": "智能体", "script": "脚本",
    "calledDecision": "所调决策", "calledElement": "所调流程", "loopCharacteristics": "多实例",
    "adHoc": "特别子流程", "ioMapping": "输入输出映射", "input": "输入", "output": "输出", "subscription": "消息订阅",
    "conditionalFilter": "条件过滤", "executionListeners": "执行监听器", "executionListener": "执行监听器项",
    "taskListeners": "任务监听器", "taskListener": "任务监听器项",
}
CHINESE = {
    f"{prefix}:{name}": chinese
    for prefix, names in {"bpmn": BPMN, "camunda": CAMUNDA, "zeebe": ZEEBE}.items() for name, chinese in names.items()
}
