/*
 * Loaded before everything else of the program. Pulumi's runner has `source-map-support` translate every stack
 * trace, and its SDK takes one for each property of each resource: a quarter of a preview's time. Node runs this
 * project's TypeScript as it is written, so there is nothing to translate; V8's own traces have the right lines.
 */
Reflect.deleteProperty(Error, "prepareStackTrace");
