start fb
title "label"
memory total 400 mb
charge {{charge}}
geometry units angstroms noautosym nocenter noautoz
{{#atoms}}
  {{symbol}} {{x|.12f}} {{y|.12f}} {{z|.12f}}
{{/atoms}}
end
basis spherical
{{#species}}
  {{symbol}} library {{element.basis}}
{{/species}}
end
dft
  xc xpbe96 cpbe96
  grid fine
  tolerances tight
  convergence energy 1e-9 density 1e-8 gradient 1e-7
  iterations {{var.iterations}}
  mult {{multiplicity}}
{{var.damping}}
end
task dft gradient
