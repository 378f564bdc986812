/**
 * What the worker threads run. It is text because it must not be bundled: bundlers know no threads that are killed, and each
 * thread loads its own interpreters by the paths it is given.
 *
 * JSONata cannot reach beyond own properties of its input; the thread takes away what there would be to reach all the same.
 * JavaScript runs in QuickJS, which has nothing of the host: text goes in, text comes out.
 */
export const EXPRESSION_WORKER = String.raw`
'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const jsonata = require(workerData.jsonata);
const { newQuickJSWASMModuleFromVariant } = require(workerData.quickjs);
const loaded = require(workerData.variant);
const { limits } = workerData;
/** Milliseconds this thread has worked, where Node tells: on a busy machine waiting for a core is nobody's endless loop. */
const threadCpu = process.threadCpuUsage && process.threadCpuUsage.bind(process);
const wall = performance.now.bind(performance);
const worked = threadCpu ? () => { const { user, system } = threadCpu(); return (user + system) / 1000; } : wall;

const parsed = new Map();
function expressionOf(code) {
  let known = parsed.get(code);
  if (!known) {
    if (parsed.size >= 500) parsed.clear();
    known = jsonata(code);
    parsed.set(code, known);
  }
  return known;
}

async function runJsonata({ code, input, compileOnly }) {
  let expression;
  try {
    expression = expressionOf(code);
  } catch (error) {
    return { fault: 'syntax', message: error.message, position: { character: error.position } };
  }
  if (compileOnly) return { output: 'null' };
  const { value, record, context } = JSON.parse(input);
  try {
    return { output: JSON.stringify(await expression.evaluate(record, { value, record, context })) };
  } catch (error) {
    return { fault: 'runtime', message: String(error && error.message) };
  }
}

const PRELUDE = '(() => { const Real = Date; function Dated(...given) {' +
  ' if (!new.target || given.length === 0) throw new Error("There is no clock here. Pass the time in.");' +
  ' return Reflect.construct(Real, given, new.target); }' +
  ' Dated.prototype = Real.prototype; Dated.parse = Real.parse; Dated.UTC = Real.UTC;' +
  ' Real.prototype.constructor = Dated; globalThis.Date = Dated; })()';
const COMPILE = 'new Function("value", "record", "context", "\\"use strict\\";" + __code)';
const RUN = '(() => { const { value, record, context } = JSON.parse(__input);' +
  ' const out = ' + COMPILE + '(value, record, context); return JSON.stringify(out === undefined ? null : out); })()';
/** Function() puts two lines before the body it is given. */
const LINES_BEFORE = 2;

function runJavascript(quickjs, { code, input, compileOnly }) {
  const runtime = quickjs.newRuntime();
  runtime.setMemoryLimit(limits.memoryBytes);
  runtime.setMaxStackSize(limits.stackBytes);
  const context = runtime.newContext();
  const define = (name, text) => context.newString(text).consume((handle) => context.setProp(context.global, name, handle));
  try {
    context.unwrapResult(context.evalCode(PRELUDE)).dispose();
    define('__code', code);
    define('__input', input || '{}');
    // From here on it is theirs; compiling runs nothing of it.
    const end = worked() + (compileOnly ? limits.compileMs : limits.javascriptMs);
    runtime.setInterruptHandler(() => worked() > end);
    const result = context.evalCode(compileOnly ? COMPILE + ', "null"' : RUN);
    if (result.error) return result.error.consume((handle) => javascriptFault(context.dump(handle)));
    const output = result.value.consume((handle) => context.getString(handle));
    return { output };
  } finally {
    context.dispose();
    runtime.dispose();
  }
}

function javascriptFault(error) {
  const { name, message, lineNumber } = error && typeof error === 'object' ? error : { message: String(error) };
  if (name === 'InternalError' && message === 'interrupted') return { fault: 'timeout' };
  if (error === null || (name === 'InternalError' && /memory/.test(message))) return { fault: 'memory' };
  if (name === 'SyntaxError' && lineNumber)
    return { fault: 'syntax', message, position: { line: Math.max(1, lineNumber - LINES_BEFORE) } };
  return { fault: 'runtime', message: (name ? name + ': ' : '') + message };
}

function runPattern({ code, input, compileOnly }) {
  let pattern;
  try {
    pattern = new RegExp(code, 'u');
  } catch (error) {
    return { fault: 'syntax', message: error.message, position: {} };
  }
  return { output: compileOnly ? 'null' : String(pattern.test(JSON.parse(input).value)) };
}

async function answer(quickjs, task) {
  try {
    const result = await (task.language === 'jsonata'
      ? runJsonata(task)
      : task.language === 'pattern'
        ? runPattern(task)
        : runJavascript(quickjs, task));
    if (result.output === undefined && !result.fault) return { output: 'null' };
    if (result.output !== undefined && result.output.length > limits.outputCharacters)
      return { fault: 'runtime', message: 'The result is too large.' };
    return result;
  } catch (error) {
    // The interpreter itself broke down: this thread is not used again.
    return { fault: /memory|unreachable|abort/i.test(String(error)) ? 'memory' : 'runtime', message: String(error && error.message), broken: true };
  }
}

newQuickJSWASMModuleFromVariant(loaded.default || loaded).then((quickjs) => {
  for (const name of ['process', 'require', 'module', 'fetch', 'WebSocket', 'EventSource', 'Worker', 'navigator', 'Buffer', 'WebAssembly', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'])
    delete globalThis[name];
  for (const made of [function () {}, async function () {}, function* () {}, async function* () {}])
    Object.defineProperty(Object.getPrototypeOf(made), 'constructor', { value: undefined });
  for (const kind of [Object, Array, Function, String, Number, Boolean, RegExp, Promise, Map, Set, Error]) Object.freeze(kind.prototype);
  parentPort.on('message', async (task) => parentPort.postMessage(await answer(quickjs, task)));
  parentPort.postMessage('ready');
});
`;
