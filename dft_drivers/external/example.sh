#!/bin/sh
# xtb (GFN2) for molecules, wrapped by awk: a program that gives labels.
export LC_ALL=C
command -v xtb > /dev/null || { echo "xtb was not found (Debian: xtb)" >&2; exit 2; }
echo '{"ready": true, "protocol": 1, "version": "xtb by awk"}'
while read -r line; do
    printf '%s\n' "$line" | awk '
        function inside(key, last,  s) { s = $0; sub(".*\"" key "\":", "", s); sub(last ".*", "", s); gsub(/[["]/, "", s); return s }
        { n = split(inside("positions", "]]"), at, "],"); split(inside("symbols", "]"), name, ",")
          print n "\n"; for (i = 1; i <= n; i++) { gsub(",", " ", at[i]); print name[i], at[i] } }' > m.xyz
    id=$(printf '%s' "$line" | sed 's/.*"id":\([0-9]*\).*/\1/')
    charge=$(printf '%s' "$line" | sed 's/.*"charge":\([-0-9]*\).*/\1/')
    case $line in *'"spoil":true'*) steps=1 ;; *) steps=250 ;; esac
    rm -f m.engrad
    xtb m.xyz --gfn 2 --grad --acc 0.1 --norestart --chrg "$charge" --iterations "$steps" > xtb.out 2> xtb.err
    if ! grep -q '^normal termination of xtb' xtb.err; then
        kind=unknown
        grep -q 'did not converge' xtb.out xtb.err && kind=scf_not_converged
        echo "{\"id\": $id, \"ok\": false, \"kind\": \"$kind\", \"error\": \"xtb ended without a result\"}"
        continue
    fi
    awk -v id="$id" '
        /^#/ { if (/energy/) what = "E"; else if (/gradient/) what = "g"; else if (/coord/) what = ""; next }
        what == "E" { energy = $1 * 27.211386245988 }
        what == "g" { f[n++] = -$1 * 51.422067476 }
        END { printf "{\"id\": %d, \"ok\": true, \"converged\": true, \"energy\": %.12f, \"forces\": [", id, energy
              for (i = 0; i < n; i += 3) printf "%s[%.12f, %.12f, %.12f]", i ? ", " : "", f[i], f[i + 1], f[i + 2]
              print "]}" }' m.engrad
done
