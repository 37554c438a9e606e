label
1.0
  {{cell.0.0|.12f}} {{cell.0.1|.12f}} {{cell.0.2|.12f}}
  {{cell.1.0|.12f}} {{cell.1.1|.12f}} {{cell.1.2|.12f}}
  {{cell.2.0|.12f}} {{cell.2.1|.12f}} {{cell.2.2|.12f}}
 {{#species}} {{symbol}}{{/species}}
 {{#species}} {{count}}{{/species}}
Cartesian
{{#atoms}}
  {{x|.12f}} {{y|.12f}} {{z|.12f}}
{{/atoms}}
