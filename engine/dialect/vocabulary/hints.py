"""Why something is refused and what to use instead, in Chinese and English."""

from __future__ import annotations

from engine.dialect.vocabulary.line import Hint

JAVA = Hint(
    "不运行 Java 类和委托；请改用 external 主题（camunda:type=\"external\"、camunda:topic）",
    'Java classes and delegates are not run; use an external topic (camunda:type="external", camunda:topic)',
)
JAVA_LISTENER = Hint(
    "不运行 Java 类和委托；请改用表达式，或加一个 external 服务任务",
    "Java classes and delegates are not run; use an expression, or a service task with an external topic",
)
JAVA_MAPPING = Hint(
    "不运行 Java 类和委托；请改用 camunda:in 和 camunda:out",
    "Java classes and delegates are not run; use camunda:in and camunda:out",
)
SCRIPT = Hint(
    "不运行 JavaScript、Groovy 等脚本；请改用 FEEL 表达式（= …）",
    "scripts in JavaScript, Groovy and the like are not run; use a FEEL expression (= …)",
)
SCRIPT_IN_JUEL = Hint(
    "请用 scriptFormat=\"feel\"，去掉 ${ }；或改用带 camunda:expression 的服务任务",
    'use scriptFormat="feel" without ${ }, or a service task with camunda:expression',
)
SCRIPT_OF_LISTENER = Hint(
    "请用 scriptFormat=\"feel\"，或改用表达式，如 ${task.setAssignee(x)}、${execution.setVariable('x', y)}",
    "use scriptFormat=\"feel\", or an expression such as ${task.setAssignee(x)} or ${execution.setVariable('x', y)}",
)
JAVA_TYPE = Hint("只支持 external；邮件和程序由外部作业处理", "use external: a worker sends mails and calls programs")
RESOURCE = Hint(
    "不从别处读取脚本或条件；请写在图中",
    "scripts and conditions are not read from elsewhere; write them here",
)
CONNECTOR = Hint("不运行连接器；请改用 external 主题", "connectors are not run; use an external topic")
FIELD = Hint(
    "字段注入只对 Java 类有用；请改用输入参数",
    "fields are injected into Java classes only; use input parameters",
)
FORM_PROPERTY = Hint("请改用 camunda:formData 或 .form 表单", "use camunda:formData or a .form file")
EMBEDDED_HTML = Hint(
    "不显示 HTML 表单和别处的表单；请改用 .form 文件（camunda:formRef 或 camunda-forms:deployment:文件名）",
    "forms in HTML and of applications are not shown; use a .form file (camunda:formRef, or "
    "camunda-forms:deployment: and the file's name)",
)
FORM_AT_ADDRESS = Hint(
    "不打开别处的表单；请改用 .form 文件（camunda:formRef）或 camunda:formData",
    "forms elsewhere are not opened; use a .form file (camunda:formRef) or camunda:formData",
)
DATE_PATTERN = Hint(
    "只用于 date，由 yyyy、MM、dd、HH、mm、ss 组成，且须有年月日",
    "it is for dates, made of yyyy, MM, dd, HH, mm and ss, with year, month and day",
)
DAYS = Hint("请写天数，如 P180D 或 180", "write days, such as P180D or 180")
ON_START_EVENT = Hint("请写在其开始事件上", "put it on its start event")
VALIDATOR = Hint(
    "不运行 Java 校验类；请用 min、max、minlength、maxlength、required、readonly，或改用 .form 表单",
    "validators in Java are not run; use min, max, minlength, maxlength, required, readonly, or a .form file",
)
DEFAULT_OBJECT = Hint("默认值只能取流程变量", "a default is made of the process's variables alone")
FORM_CLASS = Hint("不运行 Java 类；请改用 .form 表单", "Java classes are not run; use a .form file")
TENANT = Hint("一个乡镇一个租户，不能在图中指定", "each township is a tenant; a diagram does not choose one")
CASE = Hint("不支持 CMMN；请调用流程（calledElement）", "CMMN is not run; call a process (calledElement)")
PEOPLE = Hint(
    "请改用 camunda:assignee、candidateUsers、candidateGroups，或用户任务的 humanPerformer、potentialOwner",
    "use camunda:assignee, candidateUsers and candidateGroups, or a user task's humanPerformer and potentialOwner",
)
STARTERS = Hint(
    "请改用 camunda:candidateStarterUsers、candidateStarterGroups",
    "use camunda:candidateStarterUsers and candidateStarterGroups",
)
WEB_SERVICE = Hint(
    "不调用 Web 服务接口；请改用 external 主题", "interfaces of web services are not called; use an external topic"
)
INTERFACE = Hint(
    "只作说明：消息由引擎送达，不调用 Web 服务",
    "it only describes: the engine delivers the messages and calls no web service",
)
CHOREOGRAPHY = Hint(
    "编排图不能执行；请画成协作图和流程",
    "choreographies are not run; draw a collaboration and its processes",
)
IMPORT = Hint(
    "不读取外部模型；请把定义放在本文件中",
    "models elsewhere are not read; put the definitions into this file",
)
EXTENSION = Hint(
    "不运行通用的 BPMN 扩展声明", "declared extensions of BPMN other than those of Camunda are not run"
)
GLOBAL_SCRIPT = Hint("请把脚本写成 script 子元素", "write the script as an element of its own")
DATA = Hint("请改用流程变量和输入输出参数", "use variables, and input and output parameters")
DATA_STORE = Hint(
    "没有与之相连的存储；请改用变量或服务任务", "no store stands behind it; use variables or a service task"
)
CORRELATION = Hint(
    "请按消息名、业务编号和变量关联", "messages are correlated by name, business key and variables"
)
BEHAVIOUR = Hint(
    "没有画出来的事件只能写在 complexBehaviorDefinition 中",
    "an event that is not drawn belongs into a complexBehaviorDefinition",
)
INSIDE_MAPPING = Hint("请写在输入输出映射之内", "it belongs into the mapping element")
TRANSACTION = Hint("补偿的方式由图决定", "what undoes the work is what the diagram shows")
RENDERING = Hint("请改用表单", "use a form")
TASK_LISTENER = Hint(
    "只在创建和完成时请监听器办事：creating、completing",
    "workers listen to the creation and the completion of a task: creating, completing",
)
AD_HOC_JOB = Hint(
    "由人来选择活动；不由作业选择，请去掉 zeebe:taskDefinition",
    "people choose its activities, no worker does; leave the zeebe:taskDefinition out",
)
RETRY_COUNTER = Hint("请改用 zeebe:taskDefinition 的 retries", "use the retries of zeebe:taskDefinition")
JOB_PRIORITY = Hint("请写在每个任务上", "write it on each task")
CAMUNDA_8_AGENT = Hint("不运行智能体；请改用外部作业", "agents are not run; use a job worker")
FORM_ELSEWHERE = Hint(
    "表单不能在系统之外；请改用 .form 表单文件（formId）",
    "forms do not lie outside the system; use a .form file (formId)",
)
PROCESS_ID = Hint("请改用 processId（= …）", "use processId (= …)")
LINKED_RESOURCE = Hint(
    "不附带其他资源；请把所需内容写入 zeebe:taskHeaders",
    "no resource is linked to a job; put what its worker needs into zeebe:taskHeaders",
)
OTHER_ENGINE = Hint(
    "这是另一种引擎的写法；请改用 camunda: 的对应写法", "this is written for another engine; write it as camunda: does"
)
UNKNOWN_NAMESPACE = Hint("不认识其命名空间", "its namespace is not known here")
NOT_HERE = Hint("不能用在这里", "it does not belong here")
