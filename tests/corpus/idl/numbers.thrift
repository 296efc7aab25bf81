const i8 A = -128
const i8 A2 = 0x7f
const i16 B = -0x10
const i32 C = 0098325
const i64 D = 9223372036854775807
const i64 E = -9223372036854775808
const i32 F = +5
const double G = 1e3
const double H = .5
const double I = -2.5E-3
const double J = 0x10
const bool K = false
const bool L = 1
const bool M = 7
const i32 N = true
const i32 O = C
const double P = F
enum Hex { A = 0xFF, B, C = -0x1, D }
struct Ids { 0x10: i32 a; 17: i32 b; 32767: i32 c; 007: i32 d; true: i32 e }
const list<double> SPLIT = [1.5.25 3]
const map<Hex, string> NAMES = {Hex.A: "a", 256: "b"}
const map<i32, i32> TWICE = {1: 2, 1: 3}
const set<i32> TWICE_SET = [1, 2, 1]
const map<string, i32> NONE = []
const set<i32> NONE_SET = {}
