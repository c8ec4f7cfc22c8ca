// Answers questions (JSON on stdin: a list of {kind, …}) with @grafana/data, as JSON on stdout.
// Numbers that JSON cannot hold travel as ["NaN"], ["Infinity"], ["-Infinity"]; lists as {list: […]}.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

process.env.TZ = 'UTC';
Object.defineProperty(globalThis, 'navigator', {
  value: { language: 'en-US', languages: ['en-US'], userAgent: 'node', platform: '' },
  configurable: true,
});
const require = createRequire(import.meta.url);
const data = require('@grafana/data');
const { lastValueFrom, of } = require('rxjs');

// Looked at when a transformation runs; set before, the package would take Node for a browser.
globalThis.window = {};

const theme = data.createTheme();
const identity = (text) => text;
const hex = (color) => (color === undefined ? null : theme.visualization.getColorByName(color).toLowerCase());

const property = (id, process) => ({
  id,
  path: id.replace(/^custom\./, ''),
  isCustom: id.startsWith('custom.'),
  name: id,
  process: process ?? data.identityOverrideProcessor,
  shouldApply: () => true,
  settings: {},
});
const registry = new data.FieldConfigOptionsRegistry(() => [
  ...['unit', 'min', 'max', 'decimals', 'displayName', 'noValue', 'color', 'thresholds', 'mappings', 'fieldMinMax'].map(
    (id) => property(id)
  ),
  ...['custom.hidden', 'custom.hideFrom', 'custom.cellOptions'].map((id) => property(id)),
]);
data.standardTransformersRegistry.setInit(() =>
  [...new Set(Object.values(data.standardTransformers))].map((transformation) => ({
    id: transformation.id,
    aliasIds: transformation.aliasIds,
    name: transformation.name,
    editor: () => null,
    transformation: async () => transformation,
  }))
);

const received = (value) => {
  if (Array.isArray(value)) return Number(value[0]);
  if (value !== null && typeof value === 'object') return value.list.map(received);
  return value;
};
const sent = (value) => {
  if (value === undefined) return null;
  if (typeof value === 'number' && !Number.isFinite(value)) return [String(value)];
  if (Array.isArray(value)) return { list: value.map(sent) };
  return value;
};
const infinite = (thresholds) => {
  if (thresholds?.steps?.length) thresholds.steps[0].value = -Infinity;
  return thresholds;
};
const fieldOf = ({ name, type, values, config, labels }) => ({
  name,
  type,
  values: values.map(received),
  config: { ...config },
  ...(labels ? { labels } : {}),
});
const frameOf = ({ refId, name, fields }) => ({
  refId,
  ...(name ? { name } : {}),
  fields: fields.map(fieldOf),
  length: fields.length ? fields[0].values.length : 0,
});
const settingsOf = (settings) => {
  infinite(settings.defaults.thresholds);
  for (const rule of settings.overrides) {
    for (const item of rule.properties) if (item.id === 'thresholds') infinite(item.value);
  }
  return settings;
};
const transform = (frames, transformations) =>
  transformations.length
    ? lastValueFrom(data.transformDataFrame(transformations, frames, { interpolate: identity }))
    : lastValueFrom(of(frames));
const seen = (display) => [data.formattedValueToString(display), hex(display.color)];

const answers = {
  hex: ({ names }) => names.map(hex),
  // A number in a unit.
  format: ({ unit, decimals, values }) => {
    const field = { name: 'Value', type: 'number', values: [], config: { unit, decimals } };
    const display = data.getDisplayProcessor({ field, theme, timeZone: 'utc' });
    return values.map((value) => data.formattedValueToString(display(received(value))));
  },
  // Text and colour of values with field settings.
  display: ({ type, config, values, range }) => {
    infinite(config.thresholds);
    const field = { name: 'Value', type, values: range.map(received), config };
    const display = data.getDisplayProcessor({ field, theme, timeZone: 'utc' });
    return values.map((value) => seen(display(received(value))));
  },
  reduce: ({ type, values, calculations }) =>
    calculations.map((name) => {
      const field = { name: 'Value', type, values: values.map(received), config: {} };
      return sent(data.reduceField({ field, reducers: [name] })[name]);
    }),
  // Frames after transformations, by what a person reads.
  transform: async ({ frames, transformations }) =>
    (await transform(frames.map(frameOf), transformations)).map((frame) =>
      frame.fields.map((field) => [
        data.getFieldDisplayName(field, frame),
        field.type,
        Array.from(field.values).map(sent),
      ])
    ),
  // Tiles of a stat, a gauge or a bar gauge.
  tiles: async ({ frames, transformations, fieldConfig, reduceOptions }) => {
    const settings = settingsOf(fieldConfig);
    const drawn = data.applyFieldOverrides({
      data: await transform(frames.map(frameOf), transformations),
      fieldConfig: settings,
      fieldConfigRegistry: registry,
      replaceVariables: identity,
      theme,
      timeZone: 'utc',
    });
    return data
      .getFieldDisplayValues({
        data: drawn,
        fieldConfig: settings,
        reduceOptions,
        replaceVariables: identity,
        theme,
        timeZone: 'utc',
      })
      .map(({ display }) => [display.title ?? '', ...seen(display)]);
  },
  // Cells of a table: field settings applied to frames.
  cells: async ({ frames, transformations, fieldConfig }) =>
    data
      .applyFieldOverrides({
        data: await transform(frames.map(frameOf), transformations),
        fieldConfig: settingsOf(fieldConfig),
        fieldConfigRegistry: registry,
        replaceVariables: identity,
        theme,
        timeZone: 'utc',
      })
      .map((frame) =>
        frame.fields.map((field) => [
          data.getFieldDisplayName(field, frame),
          Array.from(field.values).map((value) => seen(field.display(value))),
        ])
      ),
};

const questions = JSON.parse(readFileSync(0, 'utf8'));
const result = [];
for (const question of questions) result.push(await answers[question.kind](question));
process.stdout.write(JSON.stringify(result));
