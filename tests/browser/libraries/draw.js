// Draw one small thing with each library; note in <html data-…> what the content policy refused.
const refused = [];
document.addEventListener("securitypolicyviolation", (event) => {
  refused.push(`${event.violatedDirective} ${event.sourceFile}`);
  document.documentElement.dataset.refused = refused.join("\n");
});

const diagram = `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="definitions"
    xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC">
  <process id="process"><userTask id="accept" name="受理"/></process>
  <bpmndi:BPMNDiagram id="drawing"><bpmndi:BPMNPlane id="plane" bpmnElement="process">
    <bpmndi:BPMNShape id="shape" bpmnElement="accept"><dc:Bounds x="10" y="10" width="100" height="80"/></bpmndi:BPMNShape>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</definitions>`;

const table = `<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="definitions" name="limits" namespace="test">
  <decision id="limit" name="限期"><decisionTable id="limits">
    <input id="urgency" label="紧急程度"><inputExpression id="expression" typeRef="string"><text>urgency</text></inputExpression></input>
    <output id="days" label="工作日" name="days" typeRef="number"/>
    <rule id="rule"><inputEntry id="is"><text>"急"</text></inputEntry><outputEntry id="then"><text>1</text></outputEntry></rule>
  </decisionTable></decision>
</definitions>`;

const schema = {
  type: "default",
  components: [
    { type: "textfield", key: "name", label: "姓名", validate: { required: true } },
    { type: "datetime", key: "date", subtype: "date", dateLabel: "日期" },
    { type: "select", key: "village", label: "村", values: [{ label: "村01", value: "01" }] },
  ],
};

new TomSelect("#select");
new Chart(document.getElementById("chart"), {
  type: "bar",
  data: { labels: ["村01"], datasets: [{ label: "件", data: [3] }] },
  options: { animation: false },
});
const viewer = new BpmnJS({ container: "#diagram", height: 200 });
await viewer.importXML(diagram);
viewer.get("canvas").zoom("fit-viewport");
await new DmnJS({ container: "#table", height: 200 }).importXML(table);
await FormViewer.createForm({ container: document.getElementById("form"), schema, data: { name: "甲" } });
document.documentElement.dataset.drawn = [typeof tabler, typeof htmx, viewer.getModules().length > 0].join(" ");
