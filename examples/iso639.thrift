// The languages of ISO 639-3, as Debian's package iso-codes lists them in iso_639-3.json.
// Field names are the file's own keys, but for the one that is no identifier.
namespace cpp iso639

// One language. Absent fields are absent in the file, too.
struct Language {
    // Three letters, the identifier of ISO 639-3.
    1: required string alpha_3,
    2: required string name,
    // I individual, M macrolanguage, S special.
    3: required string scope,
    // A ancient, C constructed, E extinct, H historical, L living, S special.
    4: required string type,
    // Two letters, from ISO 639-1.
    5: optional string alpha_2,
    6: optional string common_name,
    // "Arabic, Standard" for "Standard Arabic".
    7: optional string inverted_name,
    // The bibliographic code of ISO 639-2, where it differs.
    8: optional string bibliographic,
}

struct Iso639 {
    1: required list<Language> languages (json.name = "639-3"),
}
