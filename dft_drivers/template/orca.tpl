! {{var.method}} EnGrad TightSCF DefGrid3 NoUseSym
%scf
  MaxIter {{var.iterations}}
end
* xyz {{charge|d}} {{multiplicity}}
{{#atoms}}
  {{symbol}} {{x|.12f}} {{y|.12f}} {{z|.12f}}
{{/atoms}}
*
