// Drives the gateway with OpenAI's own JavaScript library and prints what it understood, one JSON object per line.
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.env.BASE_URL, apiKey: process.env.API_KEY });
const print = (name, value) => console.log(JSON.stringify({ name, value }));

const models = [];
for await (const model of client.models.list()) {
  models.push(model.id);
}
print("models", models);
print("model", (await client.models.retrieve("team/coder")).id);

const whole = await client.chat.completions.create({ model: "helper", messages: [{ role: "user", content: "hi" }] });
print("whole", { content: whole.choices[0].message.content, finish: whole.choices[0].finish_reason, total: whole.usage.total_tokens });

const stream = await client.chat.completions.create({
  model: "helper",
  messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
  stream: true,
  stream_options: { include_usage: true },
});
let text = "";
let total = 0;
for await (const chunk of stream) {
  text += chunk.choices[0]?.delta?.content ?? "";
  total = chunk.usage?.total_tokens ?? total;
}
print("stream", { text, total });

try {
  await client.chat.completions.create({ model: "nobody", messages: [{ role: "user", content: "hi" }] });
} catch (error) {
  print("unknown", { status: error.status, code: error.code, type: error.type, param: error.param });
}

try {
  await client.chat.completions.create({ model: "helper", messages: [{ role: "user", content: "fail" }] });
} catch (error) {
  print("failed", { status: error.status, code: error.code });
}

const broken = await client.chat.completions.create({ model: "helper", messages: [{ role: "user", content: "break" }], stream: true });
try {
  for await (const chunk of broken) {
    void chunk;
  }
  print("broken", "ended");
} catch (error) {
  print("broken", { code: error.code });
}

const left = await client.chat.completions.create({ model: "helper", messages: [{ role: "user", content: "leave" }], stream: true });
for await (const chunk of left) {
  if (chunk.choices[0]?.delta?.content) {
    left.controller.abort();
    break;
  }
}
print("left", true);
