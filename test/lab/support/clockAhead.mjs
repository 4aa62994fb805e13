/**
 * Loaded into Node by NODE_OPTIONS: its clock is half an hour ahead, so that for certificates which are made there every
 * other clock is half an hour slow. Lab machines cannot have a clock of their own, for containers share their host's.
 */
const ahead = 30 * 60 * 1000;
const trueNow = Date.now;

globalThis.Date = new Proxy(Date, {
    construct: (target, values) =>
        Reflect.construct(target, values.length === 0 ? [trueNow() + ahead] : values),
    get: (target, key) => (key === "now" ? () => trueNow() + ahead : Reflect.get(target, key)),
});
