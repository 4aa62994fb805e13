import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
    { ignores: ["dist", "node_modules", ".tools", ".state"] },
    js.configs.recommended,
    ...tseslint.configs.strictTypeChecked,
    ...tseslint.configs.stylisticTypeChecked,
    {
        languageOptions: {
            parserOptions: {
                projectService: true,
                tsconfigRootDir: import.meta.dirname,
            },
        },
        rules: {
            "@typescript-eslint/no-explicit-any": "error",
            "@typescript-eslint/no-floating-promises": "error",
            // Numbers and booleans read well in messages; only objects would print as nonsense.
            "@typescript-eslint/restrict-template-expressions": [
                "error",
                { allowNumber: true, allowBoolean: true },
            ],
            // A component is made for its registration; its variable may never be read.
            "no-new": "off",
        },
    },
    {
        files: [
            "components/**",
            "providers/**",
            "scripts/**",
            "policy/**",
            "program/**",
            "cli/**",
            "*.ts",
        ],
        rules: {
            "max-lines": ["error", 250],
            "max-lines-per-function": ["error", 60],
        },
    },
    {
        files: ["**/*.js", "**/*.mjs"],
        extends: [tseslint.configs.disableTypeChecked],
        languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly" } },
    },
);
