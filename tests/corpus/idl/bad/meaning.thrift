struct A { 1: Nope a, 2: i32 a, 3: other.T b }
struct B { 1: i32 a; 1: i32 b; 40000: i32 c }
union U { 1: i32 a = 1, 2: i32 b = 2 }
enum E { X, Y, X, BIG = 2147483647, OVER }
struct A { }
const i8 SMALL = 300
const i32 TEXT = "x"
const E MEMBER = E.Z
const E BARE = X
const B UNKNOWN = {"zz": 1}
const U BOTH = {"a": 1, "b": 2}
const i32 LOOP1 = LOOP2
const i32 LOOP2 = LOOP1
typedef T1 T2
typedef T2 T1
service S extends S { oneway void f() throws (1: A a), void g() throws (1: A a), void g() }
service T extends A {}
