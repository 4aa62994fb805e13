import Module, { createRequire } from "node:module";

/**
 * Has modules of a package's loaded when something of theirs is first asked for, not when they are
 * required: what is required is a stand-in until then. Only where they are CommonJS and are required
 * whole, `const x = require("x")`; one that is not found, or is there already, is left alone.
 *
 * @param {string} file in the package that requires them
 * @param {readonly string[]} names
 * @param {Readonly<Record<string, unknown>>} [meanwhile] what the stand-in answers by itself, for as long
 *     as nothing else is asked for
 */
export function defer(file, names, meanwhile = {}) {
    const require = createRequire(file);
    for (const name of names) {
        const found = locate(require, name);
        if (found !== undefined && require.cache[found] === undefined) {
            require.cache[found] = standIn(found, require, meanwhile);
        }
    }
}

/**
 * @param {NodeJS.Require} require
 * @param {string} name
 */
function locate(require, name) {
    try {
        return require.resolve(name);
    } catch {
        return undefined;
    }
}

/**
 * @param {string} file
 * @param {NodeJS.Require} require
 * @param {Readonly<Record<string | symbol, unknown>>} meanwhile
 */
function standIn(file, require, meanwhile) {
    /** @type {unknown} */
    let loaded;
    const load = () => {
        if (loaded === undefined) {
            Reflect.deleteProperty(require.cache, file);
            loaded = require(file);
        }
        return /** @type {Record<string | symbol, unknown>} */ (loaded);
    };
    const module = new Module(file);
    module.filename = file;
    module.loaded = true;
    module.exports = new Proxy(
        {},
        {
            get(_, key) {
                // What compilers put around a require asks for this, and takes an ES module as it is.
                if (key === "__esModule") {
                    return true;
                }
                if (loaded === undefined && Object.hasOwn(meanwhile, key)) {
                    return meanwhile[key];
                }
                const real = load();
                return key === "default" && real.__esModule !== true ? real : real[key];
            },
        },
    );
    return module;
}
