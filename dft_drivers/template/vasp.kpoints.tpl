mesh
0
Gamma
{{var.kpoints}}
0 0 0
