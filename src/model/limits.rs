//! Every bound of the language and of a request, in one place.

/// The largest policy or configuration file that is read.
pub const SOURCE_BYTES_MAX: usize = 1024 * 1024;
/// How large all policy files may be together.
pub const POLICY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How many words, strings and signs all policy files may have together.
pub const POLICY_TOKENS_MAX: usize = 400_000;
/// How many declarations a policy set may have.
pub const DECLARATIONS_MAX: usize = 20_000;
/// The largest facts file that is read.
pub const FACTS_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The longest word or string of a policy.
pub const TOKEN_BYTES_MAX: usize = REQUEST_TEXT_BYTES_MAX;
/// How many words, strings and signs one declaration, or one text of YAML, may have.
pub const DECLARATION_TOKENS_MAX: usize = 50_000;
/// How many nodes (scalars, lists, mappings) a YAML file may have.
pub const YAML_NODES_MAX: usize = 100_000;
/// How many nodes a facts file may have: one for every 16 bytes of the largest.
pub const FACTS_NODES_MAX: usize = FACTS_BYTES_MAX / 16;
/// How deep lists and mappings of a YAML file may nest.
pub const YAML_NESTING_MAX: usize = 32;
/// How many errors of one load are kept and shown, how many warnings and how many notes.
pub const PROBLEMS_MAX: usize = 100;
/// How many elements a set in the facts may have.
pub const FACTS_SET_MAX: usize = 10_000;
/// How many groups and resources an entity may be in, transitively.
pub const ANCESTORS_MAX: usize = 1_024;
/// The longest id or path of the facts: none longer could be asked about.
pub const FACTS_ID_BYTES_MAX: usize = REQUEST_TEXT_BYTES_MAX;
/// How many policy and facts files one directory may hold, those in its sub-directories included.
pub const BUNDLE_FILES_MAX: usize = 1_024;
/// How many names of any kind a policy directory may hold; it is listed whole at every look.
pub const BUNDLE_ENTRIES_MAX: usize = 10_000;
/// How deep sub-directories of a policy directory may nest.
pub const BUNDLE_DEPTH_MAX: usize = 8;
/// How large all policy and facts files of one directory may be together.
pub const BUNDLE_BYTES_MAX: usize = 128 * 1024 * 1024;
/// How many types a policy set may declare.
pub const TYPES_MAX: usize = 1_000;
/// How many attributes a type, an organization, a context or an action may have.
pub const ATTRIBUTES_MAX: usize = REQUEST_ATTRIBUTES_MAX;
/// How many actions on types a policy set may declare.
pub const PERMISSIONS_MAX: usize = 20_000;
/// How many roles a policy set may declare.
pub const ROLES_MAX: usize = 10_000;
/// How many permissions all roles, rules and permission sets may name together, wildcards and sets counted out.
pub const TARGETS_MAX: usize = 1_000_000;
/// How deep expressions may nest, as the author wrote them and after definitions are put in.
pub const NESTING_MAX: usize = 64;
/// How many nodes the conditions of one rule or role may have once their definitions are put in.
pub const CONDITION_NODES_MAX: usize = 10_000;
/// How deep `any` and `all` may nest, with definitions put in.
pub const QUANTIFIERS_MAX: usize = 2;
/// How many steps the conditions of one rule or role may take at worst: a test is one, and one about sets as many as
/// it looks at elements.
pub const CONDITION_STEPS_MAX: usize = 100_000;
/// How many nodes all conditions may have together, each counted once for every package of the resources it is about.
pub const POLICY_NODES_MAX: usize = 120_000;
/// How many permissions all roles with a constraint may have together, with those they inherit.
pub const CONSTRAINED_PERMISSIONS_MAX: usize = 1_000_000;
/// How many routes a policy set may have.
pub const ROUTES_MAX: usize = 10_000;
/// How many segments the path of a route may have.
pub const ROUTE_SEGMENTS_MAX: usize = 64;
/// How many elements a set or list from a request may have.
pub const REQUEST_SET_MAX: usize = 1_024;
/// How many attributes one object of a request may have.
pub const REQUEST_ATTRIBUTES_MAX: usize = 1_024;
/// How deep the JSON of a request may nest.
pub const REQUEST_NESTING_MAX: usize = 64;
/// The longest text of a request (an id, a name, an attribute).
pub const REQUEST_TEXT_BYTES_MAX: usize = 8 * 1024;
/// How many addresses the `X-Forwarded-For` of a request may have.
pub const FORWARDED_ADDRESSES_MAX: usize = 32;
/// How many bytes the headers of an answer may have that are for the application behind a proxy. nginx takes no more than 4 KB
/// of head, and other headers take up to 1 KB.
pub const UPSTREAM_BYTES_MAX: usize = 3 * 1024;
/// How many entities an attribute path may pass through.
pub const PATH_STEPS_MAX: usize = 3;
/// How deep records may stand in records.
pub const RECORD_NESTING_MAX: usize = 4;
/// The highest priority a rule may have.
pub const PRIORITY_MAX: u32 = 1_000_000;
/// The longest identifier.
pub const IDENTIFIER_BYTES_MAX: usize = 128;
/// How many segments an organization path may have.
pub const ORGANIZATION_DEPTH_MAX: usize = 16;
/// The longest duration that is written, in days.
pub const DURATION_DAYS_MAX: u32 = 36_500;
/// The longest glob or regular expression.
pub const PATTERN_BYTES_MAX: usize = 1024;
/// How many bytes a regular expression may take once it is compiled.
pub const PATTERN_SIZE_MAX: usize = 256 * 1024;
/// How many bytes all regular expressions and globs of a policy set may take together once they are compiled.
pub const PATTERNS_SIZE_MAX: usize = 8 * 1024 * 1024;
/// How many different regular expressions a policy set may have.
pub const PATTERNS_MAX: usize = 1_000;
/// How many bytes a file of certificates or with a key may have.
pub const TLS_FILE_BYTES_MAX: usize = 1024 * 1024;
/// The longest token: longer ones are refused before they are read.
pub const BEARER_BYTES_MAX: usize = 8 * 1024;
/// How large the set of keys of an issuer may be.
pub const KEY_SET_BYTES_MAX: usize = 256 * 1024;
/// How many keys of an issuer are used.
pub const KEY_SET_KEYS_MAX: usize = 100;
/// How many issuers of tokens there may be.
pub const ISSUERS_MAX: usize = 100;
/// How many API keys there may be.
pub const API_KEYS_MAX: usize = 1_000;
/// How many roles a token may bring.
pub const TOKEN_ROLES_MAX: usize = 256;
