{{natoms}}

{{#atoms}}
{{symbol}} {{x|.14f}} {{y|.14f}} {{z|.14f}}
{{/atoms}}
